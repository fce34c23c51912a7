// Package eventbridge looks at rules: whether they are on, what they wait for and
// whom they tell.
package eventbridge

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type api interface {
	DescribeRule(context.Context, *eventbridge.DescribeRuleInput, ...func(*eventbridge.Options)) (*eventbridge.DescribeRuleOutput, error)
	ListTargetsByRule(context.Context, *eventbridge.ListTargetsByRuleInput, ...func(*eventbridge.Options)) (*eventbridge.ListTargetsByRuleOutput, error)
}

// Rules of the default bus of an account and region.
type Rules struct{ api api }

// New makes an adapter. It makes no call.
func New(cfg aws.Config) Rules { return Rules{eventbridge.NewFromConfig(cfg)} }

// Rule by its name; false: there is none. The error is a *seen.Unread.
func (r Rules) Rule(ctx context.Context, name string) (seen.Rule, bool, error) {
	out, err := r.api.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name})
	if awsconfig.Code(err) == "ResourceNotFoundException" {
		return seen.Rule{}, false, nil
	}
	if err != nil {
		return seen.Rule{}, false, seen.Cannot(err, "rule "+name, "events:DescribeRule on it")
	}
	found := seen.Rule{
		Enabled: out.State != "DISABLED", Expression: aws.ToString(out.ScheduleExpression), Pattern: aws.ToString(out.EventPattern), Targets: map[string]seen.Target{},
	}
	in := &eventbridge.ListTargetsByRuleInput{Rule: &name}
	for {
		page, err := r.api.ListTargetsByRule(ctx, in)
		if err != nil {
			return seen.Rule{}, false, seen.Cannot(err, "the targets of rule "+name, "events:ListTargetsByRule on it")
		}
		for _, t := range page.Targets {
			target := seen.Target{
				ARN: aws.ToString(t.Arn), Role: aws.ToString(t.RoleArn), Input: aws.ToString(t.Input), Transformed: t.InputPath != nil || t.InputTransformer != nil,
			}
			if t.DeadLetterConfig != nil {
				target.DeadLetter = aws.ToString(t.DeadLetterConfig.Arn)
			}
			found.Targets[aws.ToString(t.Id)] = target
		}
		if page.NextToken == nil {
			return found, true, nil
		}
		in.NextToken = page.NextToken
	}
}
