package lambda_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// A version has a policy of its own, whichever way it is named.
func TestPoliciesOfFunctions(t *testing.T) {
	service, ctx := lambda.New(nil), context.Background()
	service.Policies(func(of string) json.RawMessage {
		if of == arn+":3" {
			return json.RawMessage(`{"Statement":[]}`)
		}
		return nil
	})
	cloud := simaws.New(simaws.Options{Clock: clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))}, map[string]wire.Handler{"lambda": service})
	client := sdk.NewFromConfig(aws.Config{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: cloud}, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "tester"), "secret", ""),
	})
	for name, c := range map[string]struct {
		in   sdk.GetPolicyInput
		want string
	}{
		"by its ARN":   {sdk.GetPolicyInput{FunctionName: aws.String(arn + ":3")}, ""},
		"by its name":  {sdk.GetPolicyInput{FunctionName: aws.String("check-orders"), Qualifier: aws.String("3")}, ""},
		"the function": {sdk.GetPolicyInput{FunctionName: aws.String("check-orders")}, "ResourceNotFoundException"},
		"another's":    {sdk.GetPolicyInput{FunctionName: aws.String("arn:aws:lambda:eu-central-1:444455556666:function:f")}, "AccessDeniedException"},
	} {
		out, err := client.GetPolicy(ctx, &c.in)
		if code(err) != c.want || err == nil && *out.Policy != `{"Statement":[]}` {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
	}
	service.SetConcurrency("111122223333", "eu-central-1", 10)
	if out, err := client.GetAccountSettings(ctx, &sdk.GetAccountSettingsInput{}); err != nil || out.AccountLimit.UnreservedConcurrentExecutions == nil || *out.AccountLimit.UnreservedConcurrentExecutions != 10 {
		t.Errorf("%+v, %v", out, err)
	}
}
