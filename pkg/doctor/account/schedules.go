package account

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/scheduler"
)

// ofExercises is what a schedule starts that starts exercises.
const ofExercises = "exercises"

// startedBy is what a schedule starts: a drill of a database, or exercises; "" where
// that is none of ours. What it hands over is the call that starts an execution, with
// the machine's input in it.
func startedBy(n Needs, input string) string {
	var call struct{ StateMachineArn, Input string }
	var in struct{ Database string }
	_ = json.Unmarshal([]byte(input), &call) // of somebody else's nothing is known
	_ = json.Unmarshal([]byte(call.Input), &in)
	if call.StateMachineArn == n.Names.RecoveryMachineARN() {
		return ofExercises
	}
	return in.Database
}

// scheduled looks at the schedules of a deployment, group by group; none where a
// dispatcher starts drills, by a rule, and nothing is exercised.
func scheduled(ctx context.Context, n Needs, wanted []scheduler.Schedule, from ScheduleReader) (lines []doctor.Line) {
	groups := map[string][]scheduler.Schedule{}
	for _, w := range wanted {
		groups[w.Group] = append(groups[w.Group], w)
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		lines = append(lines, inGroup(ctx, n, group, groups[group], from)...)
	}
	return lines
}

// inGroup looks at those of one group, each by what it starts: CloudFormation makes up
// their names.
func inGroup(ctx context.Context, n Needs, group string, wanted []scheduler.Schedule, from ScheduleReader) (lines []doctor.Line) {
	look := cli(n.Names, "scheduler list-schedules --group-name %s", group)
	list, err := from.Schedules(ctx, group)
	if err != nil {
		return []doctor.Line{unread("schedules of "+group, err, look)}
	}
	for _, w := range wanted {
		name, nothing := startedBy(n, w.Input), "no drill is started"
		if name == ofExercises {
			nothing = "no exercise is started"
		}
		line := doctor.Line{Subject: "schedule of " + name, State: doctor.Wrong, Basis: doctor.Asked, Command: n.repair("AWS::Scheduler::Schedule")}
		var found []seen.Schedule
		for _, s := range list {
			if startedBy(n, s.Input) == name {
				found = append(found, s)
			}
		}
		switch len(found) {
		case 0:
			line.What = "is not there: " + nothing
		case 1:
			if differs := unlike(found[0], w, nothing); len(differs) > 0 {
				line.What = strings.Join(differs, "; ")
			} else {
				line.State, line.What, line.Command = doctor.OK, "on: "+found[0].Expression, ""
			}
		default: // which one the deployment made their names do not say
			var each []string
			for _, s := range found {
				text := s.Name + " as it was deployed"
				if differs := unlike(s, w, nothing); len(differs) > 0 {
					text = s.Name + " (" + strings.Join(differs, "; ") + ")"
				}
				each = append(each, text)
			}
			line.What, line.Command = fmt.Sprintf("there are %d, and one was deployed: %s", len(found), strings.Join(each, ", ")), look
		}
		lines = append(lines, line)
	}
	return lines
}

// unlike says how a schedule is not what was deployed; nothing is what one that is off
// means.
func unlike(is seen.Schedule, w scheduler.Schedule, nothing string) (list []string) {
	differs := func(what, a, b string) {
		if a != b {
			list = append(list, fmt.Sprintf("its %s is %s, and was deployed as %s", what, cmp.Or(a, "none"), cmp.Or(b, "none")))
		}
	}
	switch {
	case w.Enabled && !is.Enabled:
		list = append(list, "is disabled: "+nothing)
	case !w.Enabled && is.Enabled:
		list = append(list, "is enabled, and was deployed disabled")
	}
	retries := 185 // AWS's default
	if w.MaxRetries != nil {
		retries = *w.MaxRetries
	}
	differs("expression", is.Expression, w.Expression)
	differs("time zone", cmp.Or(is.Timezone, "UTC"), cmp.Or(w.Timezone, "UTC"))
	differs("target", is.Target, w.TargetARN)
	differs("role", is.Role, w.RoleARN)
	if !sameInput(is.Input, w.Input) {
		differs("input", is.Input, w.Input)
	}
	differs("start", moment(is.Start), moment(w.Start))
	differs("end", moment(is.End), moment(w.End))
	differs("dead-letter queue", is.DeadLetter, w.DeadLetter)
	differs("flexible window", is.Window.String(), w.Window.String())
	differs("longest age of an event", is.MaxAge.String(), cmp.Or(w.MaxAge, 24*time.Hour).String())
	differs("number of retries", fmt.Sprint(is.MaxRetries), fmt.Sprint(retries))
	return list
}

// sameInput compares JSON, whichever way it is written. A text that is none is the
// same only letter by letter.
func sameInput(a, b string) bool { return a == b || samePattern(a, b) }

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
