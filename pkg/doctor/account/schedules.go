package account

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/scheduler"
)

// databaseOf is the database that a schedule drills; "" of none of ours. What it
// hands over is the call that starts an execution, with the machine's input in it.
func databaseOf(input string) string {
	var call struct{ Input string }
	var in struct{ Database string }
	_ = json.Unmarshal([]byte(input), &call) // of somebody else's nothing is known
	_ = json.Unmarshal([]byte(call.Input), &in)
	return in.Database
}

// scheduled looks at the schedules of databases, each by what it drills:
// CloudFormation makes up their names.
func scheduled(ctx context.Context, n Needs, wanted []scheduler.Schedule, from ScheduleReader) (lines []doctor.Line) {
	if len(wanted) == 0 {
		return nil // a dispatcher starts drills, by a rule
	}
	group := wanted[0].Group
	look := cli(n.Names, "scheduler list-schedules --group-name %s", group)
	list, err := from.Schedules(ctx, group)
	if err != nil {
		return []doctor.Line{unread("schedules", err, look)}
	}
	for _, w := range wanted {
		name := databaseOf(w.Input)
		line := doctor.Line{Subject: "schedule of " + name, State: doctor.Wrong, Basis: doctor.Asked, Command: n.repair("AWS::Scheduler::Schedule")}
		var found []seen.Schedule
		for _, s := range list {
			if databaseOf(s.Input) == name {
				found = append(found, s)
			}
		}
		switch len(found) {
		case 0:
			line.What = "is not there: no drill is started"
		case 1:
			if differs := unlike(found[0], w); len(differs) > 0 {
				line.What = strings.Join(differs, "; ")
			} else {
				line.State, line.What, line.Command = doctor.OK, "on: "+found[0].Expression, ""
			}
		default: // which one the deployment made their names do not say
			var each []string
			for _, s := range found {
				text := s.Name + " as it was deployed"
				if differs := unlike(s, w); len(differs) > 0 {
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

// unlike says how a schedule is not what was deployed.
func unlike(is seen.Schedule, w scheduler.Schedule) (list []string) {
	differs := func(what, a, b string) {
		if a != b {
			list = append(list, fmt.Sprintf("its %s is %s, and was deployed as %s", what, cmp.Or(a, "none"), cmp.Or(b, "none")))
		}
	}
	switch {
	case w.Enabled && !is.Enabled:
		list = append(list, "is disabled: no drill is started")
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
