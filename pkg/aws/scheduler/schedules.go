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
	if out.Target != nil {
		found.Target, found.Input = aws.ToString(out.Target.Arn), aws.ToString(out.Target.Input)
	}
	return found, true, nil
}
