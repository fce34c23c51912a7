package account

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// AlarmReader lists the alarms whose names begin so, composite ones as well.
type AlarmReader interface {
	Alarms(ctx context.Context, prefix string) ([]seen.Alarm, error)
}

// Alarms looks whether every alarm of the deployment is there as it was deployed,
// may tell somebody, and has nothing to tell. Others of the same prefix are somebody
// else's. deployed are those of the rehearsed assembly, which are listed alike: what
// these say of what they watch, the account's must say. What they leave to AWS is not
// compared.
func Alarms(n Needs, c Checkout, deployed, from Regions[AlarmReader]) doctor.Check {
	const area = "alarms"
	return doctor.Check{Area: area, Run: func(ctx context.Context) (lines []doctor.Line) {
		for _, at := range placesOf(n, "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm") {
			if reader, reached := from.at(at); reached {
				lines = append(lines, alarmsIn(ctx, n, at, deployed.In(at.region), reader)...)
			}
		}
		return append(lines, from.stacksElsewhere(n, c, area, "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")...)
	}}
}

// placesOf are where the deployment has anything of these types: the deployment's own
// first.
func placesOf(n Needs, types ...string) []place {
	places := []place{home(n)}
	for _, t := range n.Assembly.Stacks {
		if at := placeOf(t); slices.ContainsFunc(types, func(typ string) bool { return len(t.Of(typ)) > 0 }) && !slices.Contains(places, at) {
			places = append(places, at)
		}
	}
	return places
}

// alarmsIn are those of a place.
func alarmsIn(ctx context.Context, n Needs, at place, deployed, from AlarmReader) (lines []doctor.Line) {
	prefix := n.Names.Prefix() + "-"
	list := cliIn(at.region, "cloudwatch describe-alarms --alarm-name-prefix %s --alarm-types MetricAlarm CompositeAlarm", prefix)
	wanted, err := deployed.Alarms(ctx, prefix)
	if err != nil {
		return []doctor.Line{unread("alarms of the assembly", err, list)}
	}
	there, err := from.Alarms(ctx, prefix)
	if err != nil {
		return []doctor.Line{unread("alarms", err, list)}
	}
	slices.SortFunc(wanted, func(a, b seen.Alarm) int { return strings.Compare(a.Name, b.Name) })
	fine := 0
	for _, w := range wanted {
		i := slices.IndexFunc(there, func(a seen.Alarm) bool { return a.Name == w.Name })
		if i < 0 {
			lines = append(lines, doctor.Line{Subject: w.Name, State: doctor.Wrong, Basis: doctor.Asked,
				What: "is not there: what it watches happens unseen", Command: n.repairIn(at, "AWS::CloudWatch::Alarm")})
			continue
		}
		troubles := troublesOf(n, at, w, there[i])
		if len(troubles) == 0 {
			fine++
		}
		lines = append(lines, troubles...)
	}
	if fine == len(wanted) && fine > 0 {
		subject := prefix + "*"
		if at.region != n.Names.Region || at.account != n.Names.Account {
			subject += " in " + at.region
		}
		lines = append(lines, doctor.Line{Subject: subject, State: doctor.OK, What: fmt.Sprintf("all %d are there as they were deployed, may tell somebody, and have nothing to tell", fine), Basis: doctor.Asked})
	}
	return lines
}

var runbookRE = regexp.MustCompile(`https://\S+`)

// runbook is the page that an alarm's description names.
func runbook(a seen.Alarm) string { return runbookRE.FindString(a.Description) }

// troublesOf an alarm that is there.
func troublesOf(n Needs, at place, w, a seen.Alarm) (lines []doctor.Line) {
	add := func(state doctor.State, command, format string, arguments ...any) {
		lines = append(lines, doctor.Line{Subject: w.Name, State: state, What: fmt.Sprintf(format, arguments...), Command: command, Basis: doctor.Asked})
	}
	look := cliIn(at.region, "cloudwatch describe-alarms --alarm-names %s --alarm-types MetricAlarm CompositeAlarm", printable.ShellWord(w.Name))
	if w.ActionsEnabled && !a.ActionsEnabled {
		add(doctor.Wrong, cliIn(at.region, "cloudwatch enable-alarm-actions --alarm-names %s", printable.ShellWord(w.Name)), "its actions are disabled: it tells nobody")
	}
	for _, arn := range w.Actions {
		if !slices.Contains(a.Actions, arn) {
			add(doctor.Wrong, n.repairIn(at, "AWS::CloudWatch::Alarm"), "does not tell %s, as it was deployed", nameIn(arn))
		}
	}
	for _, member := range slices.Sorted(maps.Keys(w.Watches)) {
		if got := a.Watches[member]; got != w.Watches[member] {
			add(doctor.Wrong, n.repairIn(at, "AWS::CloudWatch::Alarm"), "its %s is %s, and was deployed as %s: it may not notice what it is there for", member, cmp.Or(got, "not set"), w.Watches[member])
		}
	}
	switch a.State {
	case "OK":
	case "ALARM":
		what := "in ALARM since " + a.Since.UTC().Format(time.RFC3339) + ": " + a.Reason
		if page := runbook(w); page != "" {
			what += ". What to do: " + page
		}
		add(doctor.Wrong, look, "%s", what)
	default:
		add(doctor.Unknown, look, "%s: %s", a.State, a.Reason)
	}
	return lines
}
