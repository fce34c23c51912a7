package account

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/eventbridge"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/scheduler"
)

type fakeProofs struct {
	verdicts, passed, watched map[string]time.Time
	err                       error
}

func (f fakeProofs) LastVerdicts(context.Context) (map[string]time.Time, error) {
	return f.verdicts, f.err
}
func (f fakeProofs) LastPassed(context.Context) (map[string]time.Time, error) { return f.passed, nil }
func (f fakeProofs) WatchedSince(context.Context) (map[string]time.Time, error) {
	return f.watched, nil
}

func TestDrillsAreOverdue(t *testing.T) {
	ago := func(n int) map[string]time.Time { // days
		return map[string]time.Time{"orders/db0": now.AddDate(0, 0, -n)}
	}
	for name, c := range map[string]struct {
		proofs  fakeProofs
		state   doctor.State
		what    string
		command string
	}{
		"passed":        {fakeProofs{ago(3), ago(3), ago(90), nil}, doctor.OK, "passed 2026-10-30 (3 days ago)", ""},
		"overdue":       {fakeProofs{ago(70), ago(70), ago(90), nil}, doctor.Wrong, "the last verdict is from 2026-08-24 (70 days ago); there may be 62 days", "lifeboat drill --plan lifeboat.yaml --world aws orders/db0"},
		"back":          {fakeProofs{ago(70), ago(70), ago(2), nil}, doctor.OK, "passed 2026-08-24", ""},
		"never, late":   {fakeProofs{nil, nil, ago(63), nil}, doctor.Wrong, "no drill ever ended", "lifeboat drill"},
		"never, fresh":  {fakeProofs{nil, nil, ago(1), nil}, doctor.Unknown, "was never drilled", "lifeboat drill"},
		"never watched": {fakeProofs{}, doctor.Unknown, "was never drilled", "lifeboat drill"},
		"never passed":  {fakeProofs{ago(3), nil, ago(90), nil}, doctor.Wrong, "no drill ever passed", "lifeboat history --plan lifeboat.yaml --world aws orders/db0"},
		"failed":        {fakeProofs{ago(3), ago(33), ago(90), nil}, doctor.Wrong, "did not pass", "lifeboat history"},
		"denied":        {fakeProofs{err: answered("AccessDeniedException")}, doctor.Unknown, "may not read when drills", "aws dynamodb"},
		"broken":        {fakeProofs{err: errBroken}, doctor.Unknown, "a wire is broken", "aws dynamodb"},
	} {
		t.Run(name, func(t *testing.T) {
			got := said(t, proved(context.Background(), Needs{Names: theNames, Plan: aPlan("cron(0 3 1 * ? *)")}, theCheckout, c.proofs, now))
			if got.State != c.state || !strings.Contains(got.What, c.what) || !strings.HasPrefix(got.Command, c.command) {
				t.Errorf("%+v", got)
			}
		})
	}
}

type fakeSchedules struct {
	list []seen.Schedule
	err  error
}

func (f fakeSchedules) Schedules(context.Context, string) ([]seen.Schedule, error) {
	return f.list, f.err
}

func TestSchedules(t *testing.T) {
	const input = `{"StateMachineArn":"arn:m","Input":"{\"database\":\"orders/db0\"}"}`
	wanted := []scheduler.Schedule{{
		Group: "lifeboat-prod", Name: "made-up", Enabled: true, Expression: "cron(0 3 1 * ? *)", TargetARN: "arn:m", RoleARN: "arn:r",
		Input: input, DeadLetter: "arn:q", Window: 15 * time.Minute, MaxAge: time.Hour,
	}}
	there := seen.Schedule{
		Name: "made-up-by-aws", Enabled: true, Expression: "cron(0 3 1 * ? *)", Timezone: "UTC", Target: "arn:m", Role: "arn:r",
		Input: input, DeadLetter: "arn:q", Window: 15 * time.Minute, MaxAge: time.Hour, MaxRetries: 185,
	}
	with := func(change func(*seen.Schedule)) fakeSchedules {
		one := there
		change(&one)
		return fakeSchedules{list: []seen.Schedule{{Name: "another", Input: "{}"}, one}}
	}
	second := there
	second.Name, second.Enabled = "second", false
	for name, c := range map[string]struct {
		from  fakeSchedules
		state doctor.State
		what  string
	}{
		"on":        {with(func(*seen.Schedule) {}), doctor.OK, "on: cron"},
		"disabled":  {with(func(s *seen.Schedule) { s.Enabled = false }), doctor.Wrong, "disabled"},
		"changed":   {with(func(s *seen.Schedule) { s.Expression = "rate(7 days)" }), doctor.Wrong, "rate(7 days), and was deployed as cron"},
		"elsewhere": {with(func(s *seen.Schedule) { s.Target = "arn:other" }), doctor.Wrong, "target is arn:other"},
		"zone":      {with(func(s *seen.Schedule) { s.Timezone = "Asia/Tokyo" }), doctor.Wrong, "time zone is Asia/Tokyo, and was deployed as UTC"},
		"role":      {with(func(s *seen.Schedule) { s.Role = "arn:mine" }), doctor.Wrong, "role is arn:mine"},
		"machine":   {with(func(s *seen.Schedule) { s.Input = strings.Replace(input, "arn:m", "arn:old", 1) }), doctor.Wrong, "arn:old"},
		"ended":     {with(func(s *seen.Schedule) { s.End = now }), doctor.Wrong, "its end is 2026-11-02T03:00:00Z, and was deployed as none"},
		"begins":    {with(func(s *seen.Schedule) { s.Start = now }), doctor.Wrong, "its start is"},
		"queue":     {with(func(s *seen.Schedule) { s.DeadLetter = "" }), doctor.Wrong, "dead-letter queue is none"},
		"window":    {with(func(s *seen.Schedule) { s.Window = 0 }), doctor.Wrong, "window is 0s"},
		"age":       {with(func(s *seen.Schedule) { s.MaxAge = time.Minute }), doctor.Wrong, "age of an event is 1m0s"},
		"retries":   {with(func(s *seen.Schedule) { s.MaxRetries = 0 }), doctor.Wrong, "retries is 0"},
		"twice":     {fakeSchedules{list: []seen.Schedule{there, second}}, doctor.Wrong, "there are 2, and one was deployed: made-up-by-aws as it was deployed, second (is disabled"},
		"gone":      {fakeSchedules{}, doctor.Wrong, "is not there"},
		"denied":    {fakeSchedules{err: errDenied}, doctor.Unknown, "it takes"},
		"throttled": {fakeSchedules{err: errThrottled}, doctor.Unknown, "of late"},
	} {
		t.Run(name, func(t *testing.T) {
			got := said(t, scheduled(context.Background(), Needs{Names: theNames}, wanted, c.from))
			if got.State != c.state || !strings.Contains(got.What, c.what) {
				t.Errorf("%+v", got)
			}
		})
	}
	if lines := scheduled(context.Background(), Needs{Names: theNames}, nil, fakeSchedules{err: errDenied}); lines != nil {
		t.Errorf("a fleet has none: %v", lines)
	}
}

type fakeRules struct {
	rule  seen.Rule
	there bool
	err   error
}

func (f fakeRules) Rule(context.Context, string) (seen.Rule, bool, error) {
	return f.rule, f.there, f.err
}

func TestRules(t *testing.T) {
	const function = "arn:aws:lambda:eu-central-1:111122223333:function:lifeboat-prod-"
	wanted := eventbridge.Rule{Name: "r", Enabled: true, Pattern: []byte(`{"source": ["aws.rds"]}`), Targets: []eventbridge.Target{{ID: "Target0", ARN: function + "event-listener:1", DeadLetter: "q"}}}
	there := func(change func(*seen.Rule)) fakeRules {
		r := seen.Rule{Enabled: true, Pattern: `{"source":["aws.rds"]}`, Targets: map[string]seen.Target{"Target0": {ARN: function + "event-listener:14", DeadLetter: "q"}}}
		change(&r)
		return fakeRules{rule: r, there: true}
	}
	for name, c := range map[string]struct {
		from    fakeRules
		state   doctor.State
		what    string
		command string
	}{
		"on":           {there(func(*seen.Rule) {}), doctor.OK, "on", ""},
		"disabled":     {there(func(r *seen.Rule) { r.Enabled = false }), doctor.Wrong, "disabled", "aws events enable-rule --name r"},
		"other events": {there(func(r *seen.Rule) { r.Pattern = `{"source":["aws.ec2"]}` }), doctor.Wrong, "other events", "aws events put-rule --name r --event-pattern"},
		"another time": {there(func(r *seen.Rule) { r.Expression = "rate(1 day)" }), doctor.Wrong, "is rate(1 day)", "aws events put-rule"},
		"no target":    {there(func(r *seen.Rule) { r.Targets = nil }), doctor.Wrong, "does not tell all", "aws cloudformation"},
		"another input": {there(func(r *seen.Rule) {
			r.Targets["Target0"] = seen.Target{ARN: function + "event-listener:14", DeadLetter: "q", Input: `{"what":"nothing"}`}
		}), doctor.Wrong, "not what it told", "aws cloudformation"},
		"a part of it": {there(func(r *seen.Rule) {
			r.Targets["Target0"] = seen.Target{ARN: function + "event-listener:14", DeadLetter: "q", Transformed: true}
		}), doctor.Wrong, "not what it told", "aws cloudformation"},
		"no queue":       {there(func(r *seen.Rule) { r.Targets["Target0"] = seen.Target{ARN: function + "event-listener:14"} }), doctor.Wrong, "does not tell all", "aws cloudformation"},
		"another target": {there(func(r *seen.Rule) { r.Targets["Target0"] = seen.Target{ARN: function + "sweeper:1", DeadLetter: "q"} }), doctor.Wrong, "does not tell all", "aws cloudformation"},
		"gone":           {fakeRules{}, doctor.Wrong, "is not there", "aws cloudformation"},
		"denied":         {fakeRules{err: errDenied}, doctor.Unknown, "it takes", "aws events describe-rule"},
		"throttled":      {fakeRules{err: errThrottled}, doctor.Unknown, "of late", "aws events describe-rule"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ruled(context.Background(), Needs{Names: theNames}, place{theNames.Account, theNames.Region}, c.from, wanted); got.State != c.state || !strings.Contains(got.What, c.what) || !strings.HasPrefix(got.Command, c.command) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestUndelivered(t *testing.T) {
	for name, c := range map[string]struct {
		queue fakeQueue
		state doctor.State
		what  string
	}{
		"empty":     {fakeQueue{there: true}, doctor.OK, "is empty"},
		"waiting":   {fakeQueue{queue: seen.Queue{Messages: 2}, there: true}, doctor.Wrong, "holds 2"},
		"gone":      {fakeQueue{}, doctor.Wrong, "is not there"},
		"denied":    {fakeQueue{err: errDenied}, doctor.Unknown, "it takes"},
		"throttled": {fakeQueue{err: errThrottled}, doctor.Unknown, "of late"},
	} {
		if got := undelivered(context.Background(), Needs{Names: theNames}, c.queue); got.State != c.state || !strings.Contains(got.What, c.what) || got.State != doctor.OK && got.Command == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
