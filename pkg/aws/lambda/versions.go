// Package lambda invokes functions, and lists and removes their published
// versions.
//
// To remove a version that is not there is success. A failure leaves the
// version; the next round finds it again.
package lambda

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// api is what this package uses of Lambda.
type api interface {
	lambda.ListVersionsByFunctionAPIClient
	DeleteFunction(context.Context, *lambda.DeleteFunctionInput, ...func(*lambda.Options)) (*lambda.DeleteFunctionOutput, error)
}

// Functions are those of an account and region. They are safe for concurrent use.
type Functions struct {
	api      api
	invoking invoking
}

// New returns the functions in the region of the configuration.
func New(cfg aws.Config) *Functions {
	return &Functions{api: lambda.NewFromConfig(cfg), invoking: lambda.NewFromConfig(patient(cfg))}
}

// Versions lists the numbers of a function's published versions, with their
// ARNs; none of a function that does not exist.
func (f *Functions) Versions(ctx context.Context, function string) (map[int]string, error) {
	versions := map[int]string{}
	pages := lambda.NewListVersionsByFunctionPaginator(f.api, &lambda.ListVersionsByFunctionInput{FunctionName: &function})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if awsconfig.Code(err) == "ResourceNotFoundException" {
			return nil, nil
		}
		if err != nil {
			return nil, named(err, "list the versions of "+function)
		}
		for _, v := range page.Versions {
			if number, err := strconv.Atoi(aws.ToString(v.Version)); err == nil { // $LATEST is none
				versions[number] = aws.ToString(v.FunctionArn)
			}
		}
	}
	return versions, nil
}

// RemoveVersion removes one published version, never the function.
func (f *Functions) RemoveVersion(ctx context.Context, function string, number int) error {
	if number <= 0 { // without a qualifier the call removes the function
		return &drill.Error{Name: drill.InvalidInput, What: fmt.Sprintf("%d is no published version of %s", number, function)}
	}
	_, err := f.api.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &function, Qualifier: aws.String(strconv.Itoa(number))})
	if awsconfig.Code(err) == "ResourceNotFoundException" {
		return nil
	}
	return named(err, fmt.Sprintf("remove version %d of %s", number, function))
}

func named(err error, what string) error {
	return awsconfig.Named(err, drill.Unexpected, what, "see that you may list and delete the versions of lifeboat's functions: docs/deploy.md")
}
