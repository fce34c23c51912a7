// Package scheduler looks at schedules of EventBridge Scheduler.
package scheduler

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type api interface {
	scheduler.ListSchedulesAPIClient
	GetSchedule(context.Context, *scheduler.GetScheduleInput, ...func(*scheduler.Options)) (*scheduler.GetScheduleOutput, error)
}

// Schedules of an account and region.
type Schedules struct{ api api }

// New makes an adapter. It makes no call.
func New(cfg aws.Config) Schedules { return Schedules{scheduler.NewFromConfig(cfg)} }

// Schedules of a group, by name; none where there is no such group. CloudFormation
// makes up their names, so they are listed and looked at one by one: a list says
// nothing of when and with what. The error is a *seen.Unread.
func (s Schedules) Schedules(ctx context.Context, group string) ([]seen.Schedule, error) {
	var list []seen.Schedule
	pages := scheduler.NewListSchedulesPaginator(s.api, &scheduler.ListSchedulesInput{GroupName: &group})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if awsconfig.Code(err) == "ResourceNotFoundException" {
			return nil, nil
		}
		if err != nil {
			return nil, seen.Cannot(err, "the schedules of group "+group, "scheduler:ListSchedules on it")
		}
		for _, one := range page.Schedules {
			found, there, err := s.schedule(ctx, group, aws.ToString(one.Name))
			if err != nil {
				return nil, err
			}
			if there {
				list = append(list, found)
			}
		}
	}
	return list, nil
}

func (s Schedules) schedule(ctx context.Context, group, name string) (seen.Schedule, bool, error) {
	out, err := s.api.GetSchedule(ctx, &scheduler.GetScheduleInput{GroupName: &group, Name: &name})
	if awsconfig.Code(err) == "ResourceNotFoundException" {
		return seen.Schedule{}, false, nil // it was removed a moment ago
	}
	if err != nil {
		return seen.Schedule{}, false, seen.Cannot(err, "schedule "+group+"/"+name, "scheduler:GetSchedule on it")
	}
	found := seen.Schedule{Name: name, Enabled: out.State == "ENABLED", Expression: aws.ToString(out.ScheduleExpression), Timezone: aws.ToString(out.ScheduleExpressionTimezone)}
	found.Start, found.End = aws.ToTime(out.StartDate), aws.ToTime(out.EndDate)
	if w := out.FlexibleTimeWindow; w != nil && w.Mode == types.FlexibleTimeWindowModeFlexible {
		found.Window = time.Duration(aws.ToInt32(w.MaximumWindowInMinutes)) * time.Minute
	}
	// What is not told is AWS's default.
	found.MaxAge, found.MaxRetries = 24*time.Hour, 185
	if t := out.Target; t != nil {
		found.Target, found.Input, found.Role = aws.ToString(t.Arn), aws.ToString(t.Input), aws.ToString(t.RoleArn)
		if t.DeadLetterConfig != nil {
			found.DeadLetter = aws.ToString(t.DeadLetterConfig.Arn)
		}
		if p := t.RetryPolicy; p != nil && p.MaximumEventAgeInSeconds != nil {
			found.MaxAge = time.Duration(*p.MaximumEventAgeInSeconds) * time.Second
		}
		if p := t.RetryPolicy; p != nil && p.MaximumRetryAttempts != nil {
			found.MaxRetries = int(*p.MaximumRetryAttempts)
		}
	}
	return found, true, nil
}
