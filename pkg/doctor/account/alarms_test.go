package account

import (
	"context"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type fakeAlarms struct {
	list []seen.Alarm
	err  error
}

func (f fakeAlarms) Alarms(context.Context, string) ([]seen.Alarm, error) { return f.list, f.err }

func TestAlarms(t *testing.T) {
	topic := theNames.PagesARN()
	n := Needs{Names: theNames, Assembly: cfn.Assembly{Stacks: []cfn.Template{{Name: "lifeboat-prod", Where: cfn.Where{Partition: "aws", Region: theNames.Region, Account: theNames.Account}, Resources: map[string]cfn.Resource{"A": {Type: "AWS::CloudWatch::Alarm"}}}}}}
	fine := func(name string) seen.Alarm {
		return seen.Alarm{
			Name: name, Description: "What to do: https://example.com/orphans.md", State: "OK", ActionsEnabled: true, Actions: []string{topic},
			Watches: map[string]string{"Threshold": "1"},
		}
	}
	deployed := fakeAlarms{list: []seen.Alarm{fine("lifeboat-prod-b"), fine("lifeboat-prod-a")}}
	with := func(change func(*seen.Alarm)) fakeAlarms {
		b := fine("lifeboat-prod-b")
		change(&b)
		return fakeAlarms{list: []seen.Alarm{fine("lifeboat-prod-a"), b, {Name: "lifeboat-prod-ours", State: "ALARM"}}}
	}
	for name, c := range map[string]struct {
		from    fakeAlarms
		state   doctor.State
		what    string
		command string
	}{
		"fine":      {with(func(*seen.Alarm) {}), doctor.OK, "all 2 are there", ""},
		"gone":      {fakeAlarms{list: []seen.Alarm{fine("lifeboat-prod-a")}}, doctor.Wrong, "is not there", "aws cloudformation create-change-set"},
		"muted":     {with(func(a *seen.Alarm) { a.ActionsEnabled = false }), doctor.Wrong, "disabled", "aws cloudwatch enable-alarm-actions --alarm-names lifeboat-prod-b"},
		"elsewhere": {with(func(a *seen.Alarm) { a.Actions = nil }), doctor.Wrong, "does not tell lifeboat-prod-pages", "aws cloudformation create-change-set"},
		"deaf":      {with(func(a *seen.Alarm) { a.Watches = map[string]string{"Threshold": "1e+12"} }), doctor.Wrong, "its Threshold is 1e+12, and was deployed as 1", "aws cloudformation create-change-set"},
		"hollow":    {with(func(a *seen.Alarm) { a.Watches = nil }), doctor.Wrong, "its Threshold is not set", "aws cloudformation create-change-set"},
		"more":      {with(func(a *seen.Alarm) { a.Watches = map[string]string{"Threshold": "1", "Unit": `"Count"`} }), doctor.OK, "all 2 are there", ""}, // AWS's own
		"raised":    {with(func(a *seen.Alarm) { a.State, a.Reason, a.Since = "ALARM", "too many", now }), doctor.Wrong, "since 2026-11-02T03:00:00Z: too many. What to do: https://example.com/orphans.md", "aws cloudwatch describe-alarms"},
		"no data":   {with(func(a *seen.Alarm) { a.State, a.Reason = "INSUFFICIENT_DATA", "unchecked" }), doctor.Unknown, "INSUFFICIENT_DATA: unchecked", "aws cloudwatch describe-alarms"},
		"denied":    {fakeAlarms{err: errDenied}, doctor.Unknown, "it takes", "aws cloudwatch describe-alarms"},
		"throttled": {fakeAlarms{err: errThrottled}, doctor.Unknown, "of late", "aws cloudwatch describe-alarms"},
	} {
		t.Run(name, func(t *testing.T) {
			lines := Alarms(n, theCheckout, here[AlarmReader](deployed), here[AlarmReader](c.from)).Run(context.Background())
			if got := said(t, lines); got.State != c.state || !strings.Contains(got.What, c.what) || !strings.HasPrefix(got.Command, c.command) || len(lines) != 1 {
				t.Errorf("%+v", lines)
			}
		})
	}
}
