// Package cloudformation reads stacks. It changes nothing.
package cloudformation

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

// api is what this package uses of CloudFormation.
type api interface {
	cloudformation.DescribeStacksAPIClient
	cloudformation.ListStackResourcesAPIClient
	GetTemplate(context.Context, *cloudformation.GetTemplateInput, ...func(*cloudformation.Options)) (*cloudformation.GetTemplateOutput, error)
}

// Adapter is of an account and a region.
type Adapter struct{ api api }

// New makes an adapter. It makes no call.
func New(cfg aws.Config) Adapter { return Adapter{cloudformation.NewFromConfig(cfg)} }

// Stack by its name; false: there is none, or it was deleted. Errors are
// *seen.Unread.
func (a Adapter) Stack(ctx context.Context, name string) (seen.Stack, bool, error) {
	out, err := a.api.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	if isGone(err) || err == nil && len(out.Stacks) == 0 {
		return seen.Stack{}, false, nil
	}
	if err != nil {
		return seen.Stack{}, false, cannot(err, "the stack "+name, "cloudformation:DescribeStacks", name)
	}
	of := out.Stacks[0] // a name is that of one stack
	s := seen.Stack{Name: aws.ToString(of.StackName), Status: string(of.StackStatus), Reason: aws.ToString(of.StackStatusReason), Outputs: map[string]string{}}
	for _, o := range of.Outputs {
		s.Outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return s, true, nil
}

// isGone: CloudFormation has no code of its own for a stack that does not exist.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
func isGone(err error) bool {
	var answered smithy.APIError
	return errors.As(err, &answered) && awsconfig.Code(err) == "ValidationError" && strings.Contains(answered.ErrorMessage(), "does not exist")
}

// Template of a stack, as it was deployed. Errors are *seen.Unread.
func (a Adapter) Template(ctx context.Context, name string) ([]byte, error) {
	out, err := a.api.GetTemplate(ctx, &cloudformation.GetTemplateInput{StackName: &name, TemplateStage: types.TemplateStageOriginal})
	if err != nil {
		return nil, cannot(err, "the template of "+name, "cloudformation:GetTemplate", name)
	}
	return []byte(aws.ToString(out.TemplateBody)), nil
}

// Resources of a stack: what CloudFormation called them, by their logical ids.
// Errors are *seen.Unread.
func (a Adapter) Resources(ctx context.Context, name string) (map[string]string, error) {
	physical := map[string]string{}
	pages := cloudformation.NewListStackResourcesPaginator(a.api, &cloudformation.ListStackResourcesInput{StackName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, cannot(err, "the resources of "+name, "cloudformation:ListStackResources", name)
		}
		for _, r := range page.StackResourceSummaries {
			physical[aws.ToString(r.LogicalResourceId)] = aws.ToString(r.PhysicalResourceId)
		}
	}
	return physical, nil
}

func cannot(err error, what, action, stack string) error {
	return seen.Cannot(err, what, action+" on the stack "+stack)
}
