package cloudformation

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/eventbridge"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/scheduler"
)

type rule struct {
	Name, State, ScheduleExpression string
	EventPattern                    json.RawMessage
	Targets                         []struct {
		Id, Arn, RoleArn, Input string
		InputTransformer        *struct {
			InputPathsMap map[string]string
			InputTemplate string
		}
		DeadLetterConfig struct{ Arn string }
		RetryPolicy      struct {
			MaximumEventAgeInSeconds int
			MaximumRetryAttempts     *int
		}
	}
}

func (r *rule) make(c *creation) (func(), error) {
	arn, err := c.arn()
	if err != nil {
		return nil, err
	}
	if err := oneOf("State", r.State, "", "ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"); err != nil {
		return nil, err
	}
	where := c.template.Where
	made := eventbridge.Rule{ARN: arn, Name: r.Name, Account: where.Account, Region: where.Region, Pattern: r.EventPattern, Schedule: r.ScheduleExpression, Enabled: r.State != "DISABLED"}
	for _, t := range r.Targets {
		target := eventbridge.Target{
			ID: t.Id, ARN: t.Arn, RoleARN: t.RoleArn, DeadLetter: t.DeadLetterConfig.Arn,
			MaxAge: time.Duration(t.RetryPolicy.MaximumEventAgeInSeconds) * time.Second, MaxRetries: t.RetryPolicy.MaximumRetryAttempts,
		}
		if t.Input != "" {
			target.Input = json.RawMessage(t.Input)
		}
		if tr := t.InputTransformer; tr != nil {
			target.Transform = &eventbridge.Transformer{Paths: tr.InputPathsMap, Template: tr.InputTemplate}
		}
		if t.RoleArn != "" && c.roles[t.RoleArn] == nil {
			return nil, fmt.Errorf("there is no role %s", t.RoleArn)
		}
		made.Targets = append(made.Targets, target)
	}
	return func() { c.Cloud.Rules.RemoveRule(arn) }, c.Cloud.Rules.AddRule(made)
}

// scheduleGroup is a name that schedules share.
type scheduleGroup struct{ Name string }

func (g *scheduleGroup) make(c *creation) (func(), error) {
	name := c.here(g.Name)
	c.groups[name] = true
	return func() { delete(c.groups, name) }, nil
}

type schedule struct {
	Name, GroupName, State, KmsKeyArn              string
	ScheduleExpression, ScheduleExpressionTimezone string
	StartDate, EndDate                             time.Time
	FlexibleTimeWindow                             struct {
		Mode                   string
		MaximumWindowInMinutes int
	}
	Target struct {
		Arn, RoleArn, Input string
		DeadLetterConfig    struct{ Arn string }
		RetryPolicy         struct {
			MaximumEventAgeInSeconds int
			MaximumRetryAttempts     *int
		}
	}
}

func (s *schedule) make(c *creation) (func(), error) {
	arn, err := c.arn()
	if err != nil {
		return nil, err
	}
	name, err := c.name()
	if err != nil {
		return nil, err
	}
	if err := oneOf("State", s.State, "", "ENABLED", "DISABLED"); err != nil {
		return nil, err
	}
	if err := oneOf("FlexibleTimeWindow.Mode", s.FlexibleTimeWindow.Mode, "OFF", "FLEXIBLE"); err != nil {
		return nil, err
	}
	if s.GroupName != "" && !c.groups[c.here(s.GroupName)] {
		return nil, fmt.Errorf("there is no schedule group %s", s.GroupName)
	}
	if c.roles[s.Target.RoleArn] == nil {
		return nil, fmt.Errorf("there is no role %s", s.Target.RoleArn)
	}
	where := c.template.Where
	made := scheduler.Schedule{
		ARN: arn, Name: name, Group: s.GroupName, Account: where.Account, Region: where.Region,
		Expression: s.ScheduleExpression, Timezone: s.ScheduleExpressionTimezone, Enabled: s.State != "DISABLED", Start: s.StartDate, End: s.EndDate,
		TargetARN: s.Target.Arn, RoleARN: s.Target.RoleArn, Input: s.Target.Input, DeadLetter: s.Target.DeadLetterConfig.Arn, KMSKey: s.KmsKeyArn,
		MaxAge: time.Duration(s.Target.RetryPolicy.MaximumEventAgeInSeconds) * time.Second, MaxRetries: s.Target.RetryPolicy.MaximumRetryAttempts,
	}
	if s.FlexibleTimeWindow.Mode == "FLEXIBLE" {
		made.Window = time.Duration(s.FlexibleTimeWindow.MaximumWindowInMinutes) * time.Minute
	}
	return func() { c.Cloud.Scheduler.RemoveSchedule(arn) }, c.Cloud.Scheduler.AddSchedule(made)
}

// oneOf refuses a value that AWS does not know.
func oneOf(property, value string, known ...string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return fmt.Errorf("%s: %q is none of %q", property, value, known)
}
