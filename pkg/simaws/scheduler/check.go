package scheduler

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/timetable"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Limits of a schedule, from the API reference.
const (
	maxExpression = 256
	maxTimezone   = 50
	maxWindow     = 1440 * time.Minute
	maxInput      = 256 << 10
)

var (
	nameRE      = regexp.MustCompile(`^[0-9a-zA-Z\-_.]{1,64}$`)
	roleRE      = regexp.MustCompile(`^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/[\w+=,.@/-]+$`)
	attributeRE = regexp.MustCompile(`<aws\.scheduler\.[^>]*>`)
)

func invalid(format string, args ...any) error {
	return wire.Errorf("ValidationException", format, args...)
}

// read checks a schedule and takes its expression apart.
func (n *schedule) read(o Options) error {
	if o.Deliver == nil {
		return wire.Unknown("scheduler: nobody said how to deliver, see scheduler.Options")
	}
	if n.Group == "" {
		n.Group = "default"
	}
	arn := wire.ARN("scheduler", n.Region, n.Account, "schedule/"+n.Group+"/"+n.Name)
	if n.ARN == "" {
		n.ARN = arn
	}
	switch {
	case !nameRE.MatchString(n.Name):
		return invalid("Name: %q", n.Name)
	case !nameRE.MatchString(n.Group):
		return invalid("GroupName: %q", n.Group)
	case n.ARN != arn:
		return invalid("its ARN is %s, not %s", arn, n.ARN)
	case n.Window < 0 || n.Window > maxWindow || n.Window%time.Minute != 0:
		return invalid("FlexibleTimeWindow: %v is not from a minute to a day in whole minutes", n.Window)
	case !n.Start.IsZero() && !n.End.IsZero() && !n.End.After(n.Start):
		return invalid("EndDate: it is not after StartDate")
	}
	if err := n.readTimes(); err != nil {
		return err
	}
	if err := n.checkTarget(); err != nil {
		return err
	}
	return n.policy().Check()
}

func (n *schedule) readTimes() error {
	if len(n.Expression) > maxExpression {
		return invalid("ScheduleExpression: more than %d characters", maxExpression)
	}
	var err error
	if n.expression, err = timetable.Parse(n.Expression); err != nil {
		return invalid("Invalid Schedule Expression %v", err)
	}
	if len(n.Timezone) > maxTimezone || n.Timezone == "Local" {
		return invalid("ScheduleExpressionTimezone: %q", n.Timezone)
	}
	if n.zone, err = time.LoadLocation(n.Timezone); err != nil {
		return invalid("ScheduleExpressionTimezone: %v", err)
	}
	if n.expression.Once() {
		if _, exists := n.expression.Next(time.Time{}, n.zone, time.Time{}); !exists {
			return wire.Unknown("scheduler: %s does not exist in %s: what comes of that AWS does not say", n.Expression, n.Timezone)
		}
	}
	return nil
}

func (n *schedule) checkTarget() error {
	parts := strings.SplitN(n.TargetARN, ":", 6)
	switch {
	case len(parts) != 6 || parts[0] != "arn":
		return invalid("Target.Arn: %q", n.TargetARN)
	case !roleRE.MatchString(n.RoleARN):
		return invalid("Target.RoleArn: %q", n.RoleARN)
	case len(n.Input) > maxInput:
		return invalid("Target.Input: more than %d bytes", maxInput)
	case n.Input == "":
		return wire.Unknown("scheduler: without Input a target gets a default notification, of which AWS does not say what is in it")
	case slices.Contains([]string{"lambda", "states", "events", "scheduler"}, parts[2]) && !json.Valid([]byte(n.Input)):
		return invalid("Target.Input: it must be well-formed JSON for this target")
	}
	if err := n.checkUniversal(); err != nil {
		return err
	}
	for _, found := range attributeRE.FindAllString(n.Input, -1) {
		if !slices.Contains([]string{attributeARN, attributeTime, attributeID, attributeAttempt}, found) {
			return wire.Unknown("scheduler: %s is no context attribute", found)
		}
	}
	return nil
}
