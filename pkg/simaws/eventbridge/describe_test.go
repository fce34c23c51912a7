package eventbridge_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/eventbridge"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Rules are shown as they are, with their targets in pages.
func TestRulesAreDescribed(t *testing.T) {
	h, ctx := newHouse(), context.Background()
	rule := eventbridge.Rule{ARN: ruleARN + "copies", Enabled: true, Pattern: []byte(`{"source":["aws.rds"]}`)}
	for i := range 3 {
		rule.Targets = append(rule.Targets, eventbridge.Target{ID: fmt.Sprint("T", i), ARN: function, DeadLetter: queue})
	}
	if err := h.rules.AddRule(rule); err != nil {
		t.Fatal(err)
	}
	client := sdk.NewFromConfig(aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: simaws.New(simaws.Options{Clock: h.clock}, map[string]wire.Handler{"events": h.rules})},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""), Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	})
	out, err := client.DescribeRule(ctx, &sdk.DescribeRuleInput{Name: aws.String("copies")})
	if err != nil || *out.Arn != rule.ARN || out.State != "ENABLED" || *out.EventPattern != string(rule.Pattern) || out.ScheduleExpression != nil {
		t.Errorf("%+v, %v", out, err)
	}
	in := &sdk.ListTargetsByRuleInput{Rule: aws.String("copies"), Limit: aws.Int32(2)}
	first, err := client.ListTargetsByRule(ctx, in)
	if err != nil || len(first.Targets) != 2 || *first.Targets[0].DeadLetterConfig.Arn != queue || *first.Targets[0].RetryPolicy.MaximumRetryAttempts != 185 {
		t.Fatalf("%+v, %v", first, err)
	}
	in.NextToken = first.NextToken
	if second, err := client.ListTargetsByRule(ctx, in); err != nil || len(second.Targets) != 1 || second.NextToken != nil {
		t.Errorf("%+v, %v", second, err)
	}
	for want, err := range map[string]error{
		"ResourceNotFoundException": func() error {
			_, err := client.DescribeRule(ctx, &sdk.DescribeRuleInput{Name: aws.String("none")})
			return err
		}(),
		"NotSimulated": func() error {
			_, err := client.DescribeRule(ctx, &sdk.DescribeRuleInput{Name: aws.String("copies"), EventBusName: aws.String("other")})
			return err
		}(),
		"ValidationException": func() error {
			_, err := client.ListTargetsByRule(ctx, &sdk.ListTargetsByRuleInput{Rule: aws.String("copies"), NextToken: aws.String("x")})
			return err
		}(),
	} {
		var answer smithy.APIError
		if !errors.As(err, &answer) || answer.ErrorCode() != want {
			t.Errorf("%s: %v", want, err)
		}
	}
}
