// Package scheduler looks at schedules of EventBridge Scheduler.
package scheduler

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type api interface {
	GetSchedule(context.Context, *scheduler.GetScheduleInput, ...func(*scheduler.Options)) (*scheduler.GetScheduleOutput, error)
}

// Schedules of an account and region.
type Schedules struct{ api api }

// New makes an adapter. It makes no call.
func New(cfg aws.Config) Schedules { return Schedules{scheduler.NewFromConfig(cfg)} }

// Schedule by its group and name; false: there is none. The error is a
// *seen.Unread.
func (s Schedules) Schedule(ctx context.Context, group, name string) (seen.Schedule, bool, error) {
	out, err := s.api.GetSchedule(ctx, &scheduler.GetScheduleInput{GroupName: &group, Name: &name})
	if awsconfig.Code(err) == "ResourceNotFoundException" {
		return seen.Schedule{}, false, nil
	}
	if err != nil {
		return seen.Schedule{}, false, seen.Cannot(err, "schedule "+group+"/"+name, "scheduler:GetSchedule on it")
	}
	found := seen.Schedule{Enabled: out.State == "ENABLED", Expression: aws.ToString(out.ScheduleExpression), Timezone: aws.ToString(out.ScheduleExpressionTimezone)}
	if out.Target != nil {
		found.Target = aws.ToString(out.Target.Arn)
	}
	return found, true, nil
}
