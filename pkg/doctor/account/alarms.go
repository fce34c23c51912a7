package account

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// AlarmReader lists the alarms whose names begin so, composite ones as well.
type AlarmReader interface {
	Alarms(ctx context.Context, prefix string) ([]seen.Alarm, error)
}

// Alarms looks whether every alarm of the templates is there, may tell somebody,
// and has nothing to tell. Others of the same prefix are somebody else's.
func Alarms(n Needs, from AlarmReader) doctor.Check {
	return doctor.Check{Area: "alarms", Run: func(ctx context.Context) []doctor.Line {
		wanted, lines := wantedAlarms(n)
		prefix := n.Names.Prefix() + "-"
		there, err := from.Alarms(ctx, prefix)
		if err != nil {
			return append(lines, unread("alarms", err, cli(n.Names, "cloudwatch describe-alarms --alarm-name-prefix %s --alarm-types MetricAlarm CompositeAlarm", prefix)))
		}
		fine := 0
		for _, w := range wanted {
			i := slices.IndexFunc(there, func(a seen.Alarm) bool { return a.Name == w.Name })
			if i < 0 {
				lines = append(lines, doctor.Line{Subject: w.Name, State: doctor.Wrong, Basis: doctor.Asked,
					What: "is not there: what it watches happens unseen", Command: revert(w.stack)})
				continue
			}
			troubles := troublesOf(n, w, there[i])
			if len(troubles) == 0 {
				fine++
			}
			lines = append(lines, troubles...)
		}
		if fine == len(wanted) && fine > 0 {
			lines = append(lines, doctor.Line{Subject: prefix + "*", State: doctor.OK, What: fmt.Sprintf("all %d are there, may tell somebody, and have nothing to tell", fine), Basis: doctor.Asked})
		}
		return lines
	}}
}

// wantedAlarm is one of a template.
type wantedAlarm struct {
	seen.Alarm
	stack cfn.Template
}

// wantedAlarms are those of the templates, by name.
func wantedAlarms(n Needs) (list []wantedAlarm, lines []doctor.Line) {
	for _, stack := range n.Assembly.Stacks {
		for _, id := range append(stack.Of("AWS::CloudWatch::Alarm"), stack.Of("AWS::CloudWatch::CompositeAlarm")...) {
			properties := stack.Resources[id].Properties
			text := func(property string) string {
				value, err := stack.Text(properties[property])
				if err != nil && properties[property] != nil {
					lines = append(lines, doctor.Line{Subject: id, State: doctor.Unknown, What: "its " + property + " in the template cannot be read: " + err.Error(), Command: "make synth", Basis: doctor.Judged})
				}
				return value
			}
			w := wantedAlarm{seen.Alarm{Name: text("AlarmName"), Description: text("AlarmDescription"), ActionsEnabled: properties["ActionsEnabled"] != false}, stack}
			actions, _ := properties["AlarmActions"].([]any)
			for _, action := range actions {
				if arn, err := stack.Text(action); err == nil {
					w.Actions = append(w.Actions, arn)
				}
			}
			list = append(list, w)
		}
	}
	slices.SortFunc(list, func(a, b wantedAlarm) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return list, lines
}

var runbookRE = regexp.MustCompile(`https://\S+`)

// runbook is the page that an alarm's description names.
func runbook(a seen.Alarm) string { return runbookRE.FindString(a.Description) }

// troublesOf an alarm that is there.
func troublesOf(n Needs, w wantedAlarm, a seen.Alarm) (lines []doctor.Line) {
	add := func(state doctor.State, command, format string, arguments ...any) {
		lines = append(lines, doctor.Line{Subject: w.Name, State: state, What: fmt.Sprintf(format, arguments...), Command: command, Basis: doctor.Asked})
	}
	look := cli(n.Names, "cloudwatch describe-alarms --alarm-names %s --alarm-types MetricAlarm CompositeAlarm", printable.ShellWord(w.Name))
	if w.ActionsEnabled && !a.ActionsEnabled {
		add(doctor.Wrong, cli(n.Names, "cloudwatch enable-alarm-actions --alarm-names %s", printable.ShellWord(w.Name)), "its actions are disabled: it tells nobody")
	}
	for _, arn := range w.Actions {
		if !slices.Contains(a.Actions, arn) {
			add(doctor.Wrong, revert(w.stack), "does not tell %s, as it was deployed", nameIn(arn))
		}
	}
	switch a.State {
	case "OK":
	case "ALARM":
		what := "in ALARM since " + a.Since.UTC().Format(time.RFC3339) + ": " + a.Reason
		if page := runbook(w.Alarm); page != "" {
			what += ". What to do: " + page
		}
		add(doctor.Wrong, look, "%s", what)
	default:
		add(doctor.Unknown, look, "%s: %s", a.State, a.Reason)
	}
	return lines
}
