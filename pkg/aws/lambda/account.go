package lambda

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type accountAPI interface {
	GetPolicy(context.Context, *lambda.GetPolicyInput, ...func(*lambda.Options)) (*lambda.GetPolicyOutput, error)
	GetAccountSettings(context.Context, *lambda.GetAccountSettingsInput, ...func(*lambda.Options)) (*lambda.GetAccountSettingsOutput, error)
}

// Account is what Lambda says of an account and region. It invokes nothing.
type Account struct{ api accountAPI }

// NewAccount makes an adapter. It makes no call.
func NewAccount(cfg aws.Config) Account { return Account{lambda.NewFromConfig(cfg)} }

// Policy of a function, or of one version of it, by its ARN; nil: it has none, or
// is not there. The error is a *seen.Unread.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
func (a Account) Policy(ctx context.Context, arn string) (json.RawMessage, error) {
	in := &lambda.GetPolicyInput{FunctionName: &arn}
	if part := strings.Split(arn, ":"); len(part) == 8 {
		in.FunctionName, in.Qualifier = aws.String(strings.Join(part[:7], ":")), &part[7]
	}
	out, err := a.api.GetPolicy(ctx, in)
	if awsconfig.Code(err) == "ResourceNotFoundException" {
		return nil, nil
	}
	if err != nil {
		return nil, seen.Cannot(err, "the policy of "+arn, "lambda:GetPolicy on it")
	}
	return json.RawMessage(aws.ToString(out.Policy)), nil
}

// Concurrency is how many functions may run at once of those for which none is
// reserved. How many do run Lambda does not say.
func (a Account) Concurrency(ctx context.Context) (int, error) {
	out, err := a.api.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	if err != nil || out.AccountLimit == nil {
		return 0, seen.Cannot(err, "the concurrency quota of Lambda", "lambda:GetAccountSettings")
	}
	return int(aws.ToInt32(out.AccountLimit.UnreservedConcurrentExecutions)), nil
}
