package scheduler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/scheduler"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	scheduleARN = "arn:aws:scheduler:eu-central-1:111122223333:schedule/default/nightly"
	machine     = "arn:aws:states:eu-central-1:111122223333:stateMachine:drill"
	role        = "arn:aws:iam::111122223333:role/schedules"
	universal   = "arn:aws:scheduler:::aws-sdk:sfn:startExecution"
	queue       = "arn:aws:sqs:eu-central-1:111122223333:undelivered"
)

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

// house has schedules, and what comes out of them.
type house struct {
	clock     *clock.Virtual
	service   *scheduler.Service
	fails     func(attempt int) error // what the target answers; nil: it takes everything
	full      error                   // what the queue answers
	again     []time.Duration
	place     float64
	attempts  int
	delivered []string // time since the start, payload
	dead      []scheduler.Undelivered
	lost      []string
}

func newHouse() *house {
	h := &house{clock: clock.NewVirtual(start)}
	h.service = scheduler.New(scheduler.Options{
		Clock:  h.clock,
		Random: func() float64 { return h.place },
		Again:  func(scheduler.Schedule, time.Time) []time.Duration { return h.again },
		Deliver: func(_ scheduler.Schedule, payload []byte) error {
			h.attempts++
			if h.fails != nil {
				if err := h.fails(h.attempts); err != nil {
					return err
				}
			}
			h.delivered = append(h.delivered, fmt.Sprintf("%v %s", h.clock.Now().Sub(start), payload))
			return nil
		},
		DeadLetter: func(u scheduler.Undelivered) error {
			if h.full == nil {
				h.dead = append(h.dead, u)
			}
			return h.full
		},
		Lost: func(_ scheduler.Undelivered, err error) { h.lost = append(h.lost, err.Error()) },
	})
	return h
}

func nightly(change func(*scheduler.Schedule)) scheduler.Schedule {
	s := scheduler.Schedule{
		ARN: scheduleARN, Name: "nightly", Group: "default", Account: "111122223333", Region: "eu-central-1", Expression: "rate(1 hour)", Timezone: "UTC",
		Enabled: true, TargetARN: machine, RoleARN: role, Input: `{"database":"orders"}`, DeadLetter: queue,
	}
	if change != nil {
		change(&s)
	}
	return s
}

func (h *house) add(t *testing.T, change func(*scheduler.Schedule)) {
	t.Helper()
	if err := h.service.AddSchedule(nightly(change)); err != nil {
		t.Fatal(err)
	}
}

func (h *house) times() []string {
	var all []string
	for _, d := range h.delivered {
		all = append(all, strings.Fields(d)[0])
	}
	return all
}

func TestWhenSchedulesFire(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*scheduler.Schedule)
		place  float64
		again  []time.Duration
		run    time.Duration // default: three hours
		want   []string
		reason string
	}{
		"rate":       {want: []string{"0s", "1h0m0s", "2h0m0s", "3h0m0s"}, reason: "the guide: immediately, where there is no StartDate"},
		"rate, days": {change: func(s *scheduler.Schedule) { s.Expression, s.Timezone = "rate(1 days)", "Europe/Berlin" }, run: 49 * time.Hour, want: []string{"0s", "24h0m0s", "48h0m0s"}},
		"rate from a date": {change: func(s *scheduler.Schedule) { s.Start = start.Add(90 * time.Minute) }, want: []string{"1h30m0s", "2h30m0s"},
			reason: "the first occurrence"},
		"rate from a past date": {change: func(s *scheduler.Schedule) { s.Start = start.Add(-90 * time.Minute) }, want: []string{"30m0s", "1h30m0s", "2h30m0s"},
			reason: "what is over is not made up for"},
		"rate until":       {change: func(s *scheduler.Schedule) { s.End = start.Add(2 * time.Hour) }, want: []string{"0s", "1h0m0s", "2h0m0s"}, reason: "on or before"},
		"ended":            {change: func(s *scheduler.Schedule) { s.End = start.Add(-time.Hour) }},
		"cron":             {change: func(s *scheduler.Schedule) { s.Expression = "cron(0/30 3-4 * * ? *)" }, want: []string{"30m0s", "1h0m0s", "1h30m0s"}, reason: "not of the moment in which it is made"},
		"cron from a date": {change: func(s *scheduler.Schedule) { s.Expression, s.Start = "cron(0/30 * * * ? *)", start.Add(2*time.Hour) }, want: []string{"2h0m0s", "2h30m0s", "3h0m0s"}, reason: "on or after"},
		"cron elsewhere":   {change: func(s *scheduler.Schedule) { s.Expression, s.Timezone = "cron(30 5 * * ? *)", "Europe/Berlin" }, want: []string{"1h30m0s"}},
		"once":             {change: func(s *scheduler.Schedule) { s.Expression = "at(2026-11-02T04:00:30)" }, want: []string{"1h0m30s"}},
		"once, elsewhere":  {change: func(s *scheduler.Schedule) { s.Expression, s.Timezone = "at(2026-11-02T05:00:00)", "Europe/Berlin" }, want: []string{"1h0m0s"}},
		"once, past":       {change: func(s *scheduler.Schedule) { s.Expression = "at(2026-11-02T02:00:00)" }},
		"once, with dates": {change: func(s *scheduler.Schedule) {
			s.Expression, s.Start, s.End = "at(2026-11-02T04:00:00)", start.Add(2*time.Hour), start.Add(3*time.Hour)
		}, want: []string{"1h0m0s"}, reason: "which are ignored"},
		"disabled":        {change: func(s *scheduler.Schedule) { s.Enabled = false }},
		"window, early":   {change: func(s *scheduler.Schedule) { s.Window = 15 * time.Minute }, want: []string{"0s", "1h0m0s", "2h0m0s", "3h0m0s"}},
		"window, later":   {change: func(s *scheduler.Schedule) { s.Window = 15 * time.Minute }, place: 0.5, want: []string{"7m30s", "1h7m30s", "2h7m30s"}},
		"window, latest":  {change: func(s *scheduler.Schedule) { s.Window = 15 * time.Minute }, place: 0.99999, want: []string{"14m59s", "1h14m59s", "2h14m59s"}, reason: "within it"},
		"window, overlap": {change: func(s *scheduler.Schedule) { s.Window = 90 * time.Minute }, place: 0.9, want: []string{"1h21m0s", "2h21m0s"}, reason: "one occurrence does not wait for another"},
		"twice": {change: func(s *scheduler.Schedule) { s.Window = 10 * time.Minute }, place: 0.5, again: []time.Duration{time.Second},
			want: []string{"5m0s", "5m1s", "1h5m0s", "1h5m1s", "2h5m0s", "2h5m1s"}, reason: "at least once"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse()
			h.place, h.again = test.place, test.again
			h.add(t, test.change)
			if test.run == 0 {
				test.run = 3 * time.Hour
			}
			h.clock.Advance(test.run)
			if diff := cmp.Diff(test.want, h.times()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}

func TestSchedulesThatChange(t *testing.T) {
	for name, test := range map[string]struct {
		at     time.Duration // when it changes
		first  func(*scheduler.Schedule)
		change func(*testing.T, *house)
		place  float64
		want   []string
		reason string
	}{
		"other input": {at: 90 * time.Minute, change: func(t *testing.T, h *house) { h.add(t, func(s *scheduler.Schedule) { s.Input = `{}` }) },
			want: []string{"0s", "1h0m0s", "2h0m0s", "3h0m0s"}, reason: "the rhythm stays"},
		"the same, when it is due": {at: 2 * time.Hour, change: func(t *testing.T, h *house) { h.add(t, nil) }, want: []string{"0s", "1h0m0s", "2h0m0s", "3h0m0s"},
			reason: "nothing comes twice"},
		"other rate": {at: 90 * time.Minute, change: func(t *testing.T, h *house) {
			h.add(t, func(s *scheduler.Schedule) { s.Expression = "rate(45 minutes)" })
		},
			want: []string{"0s", "1h0m0s", "1h30m0s", "2h15m0s", "3h0m0s"}, reason: "as if it were new"},
		"to cron": {at: 90 * time.Minute, change: func(t *testing.T, h *house) {
			h.add(t, func(s *scheduler.Schedule) { s.Expression = "cron(15 * * * ? *)" })
		},
			want: []string{"0s", "1h0m0s", "2h15m0s"}, reason: "the next occurrence follows the new expression"},
		"removed":         {at: 90 * time.Minute, change: func(_ *testing.T, h *house) { h.service.RemoveSchedule(scheduleARN) }, want: []string{"0s", "1h0m0s"}},
		"unknown removed": {at: 90 * time.Minute, change: func(_ *testing.T, h *house) { h.service.RemoveSchedule("x") }, want: []string{"0s", "1h0m0s", "2h0m0s", "3h0m0s"}},
		"disabled":        {at: 90 * time.Minute, change: func(t *testing.T, h *house) { h.add(t, func(s *scheduler.Schedule) { s.Enabled = false }) }, want: []string{"0s", "1h0m0s"}},
		"enabled": {at: 90 * time.Minute, first: func(s *scheduler.Schedule) { s.Enabled = false }, change: func(t *testing.T, h *house) { h.add(t, nil) }, want: []string{"1h30m0s", "2h30m0s"},
			reason: "the guide: after you create and activate it"},
		"removed in the window": {at: 65 * time.Minute, first: func(s *scheduler.Schedule) { s.Window = 20 * time.Minute }, place: 0.5,
			change: func(_ *testing.T, h *house) { h.service.RemoveSchedule(scheduleARN) }, want: []string{"10m0s"}},
		"disabled in the window": {at: 65 * time.Minute, first: func(s *scheduler.Schedule) { s.Window = 20 * time.Minute }, place: 0.5,
			change: func(t *testing.T, h *house) { h.add(t, func(s *scheduler.Schedule) { s.Enabled = false }) }, want: []string{"10m0s"}},
		"redeployed in the window": {at: 65 * time.Minute, first: func(s *scheduler.Schedule) { s.Window = 20 * time.Minute }, place: 0.5,
			change: func(t *testing.T, h *house) { h.add(t, func(s *scheduler.Schedule) { s.Window = 20 * time.Minute }) },
			want:   []string{"10m0s", "1h10m0s", "2h10m0s", "3h10m0s"}, reason: "what is due is not lost"},
		"broken": {at: 90 * time.Minute, change: func(t *testing.T, h *house) {
			if h.service.AddSchedule(nightly(func(s *scheduler.Schedule) { s.Expression = "cron(0 25 * * ? *)" })) == nil {
				t.Error("it was taken")
			}
		}, want: []string{"0s", "1h0m0s", "2h0m0s", "3h0m0s"}, reason: "the old one stays"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse()
			h.place = test.place
			h.add(t, test.first)
			h.clock.Advance(test.at)
			test.change(t, h)
			h.clock.Advance(3*time.Hour + 10*time.Minute - test.at)
			if diff := cmp.Diff(test.want, h.times()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}

// The change comes first, by a timer that was set before.
func TestReplacedJustBeforeItIsDue(t *testing.T) {
	h := newHouse()
	h.clock.AfterFunc(2*time.Hour, func() { h.add(t, nil) })
	h.add(t, nil)
	h.clock.Advance(3 * time.Hour)
	if diff := cmp.Diff([]string{"0s", "1h0m0s", "2h0m0s", "3h0m0s"}, h.times()); diff != "" {
		t.Error(diff)
	}
}

func TestNext(t *testing.T) {
	h := newHouse()
	h.add(t, func(s *scheduler.Schedule) { s.Expression, s.Window = "cron(0 3 1 * ? *)", 15*time.Minute })
	if at, more := h.service.Next(scheduleARN); !more || !at.Equal(time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)) {
		t.Errorf("%v %t", at, more)
	}
	h.add(t, func(s *scheduler.Schedule) { s.Expression = "cron(0 3 ? * MON *)" })
	if at, more := h.service.Next(scheduleARN); !more || !at.Equal(time.Date(2026, 11, 9, 3, 0, 0, 0, time.UTC)) {
		t.Errorf("after a change: %v %t", at, more)
	}
	h.clock.Advance(8 * 24 * time.Hour)
	if at, more := h.service.Next(scheduleARN); !more || !at.Equal(time.Date(2026, 11, 16, 3, 0, 0, 0, time.UTC)) {
		t.Errorf("a week on: %v %t", at, more)
	}
	for name, change := range map[string]func(*scheduler.Schedule){
		"disabled": func(s *scheduler.Schedule) { s.Enabled = false },
		"over":     func(s *scheduler.Schedule) { s.Expression = "cron(0 3 1 * ? 2025)" },
		"ended":    func(s *scheduler.Schedule) { s.End = h.clock.Now().Add(time.Hour); s.Expression = "cron(0 0 1 * ? *)" },
		"at":       func(s *scheduler.Schedule) { s.Expression = "at(2026-11-01T00:00:00)" },
	} {
		h.add(t, change)
		if at, more := h.service.Next(scheduleARN); more {
			t.Errorf("%s: %v", name, at)
		}
	}
	if _, more := h.service.Next("unknown"); more || len(h.service.Schedules()) != 1 {
		t.Error("there is one schedule")
	}
}

func TestContextAttributes(t *testing.T) {
	h := newHouse()
	h.fails = func(attempt int) error {
		if attempt == 1 {
			return wire.Errorf("ServiceException", "not now")
		}
		return nil
	}
	h.place = 0.5
	h.add(t, func(s *scheduler.Schedule) {
		s.Window, s.End = 10*time.Minute, start.Add(time.Minute)
		s.Input = `{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>","id":"<aws.scheduler.execution-id>","attempt":"<aws.scheduler.attempt-number>"}`
	})
	h.clock.Advance(time.Hour)
	if len(h.delivered) != 1 || !strings.HasPrefix(h.delivered[0], "5m1s ") {
		t.Fatalf("%v", h.delivered)
	}
	var got struct {
		At, By, ID string
		Attempt    string
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(h.delivered[0], "5m1s ")), &got); err != nil {
		t.Fatal(err)
	}
	if got.At != "2026-11-02T03:00:00Z" || got.By != scheduleARN || len(got.ID) != 16 || got.Attempt != "2" {
		t.Errorf("the scheduled time is that of the expression: %+v", got)
	}
}

// The id is one of an attempt, which is why nothing may be named after it.
func TestExecutionIDs(t *testing.T) {
	h := newHouse()
	h.again = []time.Duration{time.Second}
	h.fails = func(attempt int) error {
		if attempt%2 == 1 {
			return errors.New("lost")
		}
		return nil
	}
	seen := map[string]bool{}
	h.add(t, func(s *scheduler.Schedule) { s.Input, s.TargetARN = "<aws.scheduler.execution-id>", queue })
	h.clock.Advance(90 * time.Minute)
	for _, d := range h.delivered {
		seen[strings.Fields(d)[1]] = true
	}
	if len(seen) != 4 {
		t.Errorf("two occurrences, each twice: %v", h.delivered)
	}
}

func number(n int) *int { return &n }

func TestUndelivered(t *testing.T) {
	denied := &wire.Error{Code: "AccessDeniedException", Message: "not authorized to perform states:StartExecution", Status: http.StatusForbidden}
	busy := &wire.Error{Code: "ThrottlingException", Message: "Rate exceeded", Status: http.StatusTooManyRequests}
	attributes := func(change map[string]string) map[string]string {
		all := map[string]string{
			"SCHEDULE_ARN": scheduleARN, "SCHEDULED_TIME": "2026-11-02T03:00:00Z", "IS_PAYLOAD_TRUNCATED": "false", "RETRY_ATTEMPTS": "0",
			"TARGET_ARN": "arn:aws:scheduler:::aws-sdk:sfn:startExecution",
		}
		for name, value := range change {
			all[name] = value
		}
		return all
	}
	for name, test := range map[string]struct {
		change func(*scheduler.Schedule)
		err    error
		full   error
		want   map[string]string // attributes but for the id; nil: none
		body   string
		after  time.Duration
		lost   string
	}{
		"forbidden": {err: denied, want: attributes(map[string]string{"ERROR_CODE": denied.Code, "ERROR_MESSAGE": denied.Message}),
			body: `{"Input":"{\"n\":\"1\"}","StateMachineArn":"` + machine + `"}`},
		"too often": {change: func(s *scheduler.Schedule) { s.MaxRetries = number(3) }, err: busy, after: 7 * time.Second, body: `{"Input":"{\"n\":\"4\"}","StateMachineArn":"` + machine + `"}`,
			want: attributes(map[string]string{"ERROR_CODE": busy.Code, "ERROR_MESSAGE": busy.Message, "RETRY_ATTEMPTS": "3", "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts"})},
		"too old": {change: func(s *scheduler.Schedule) { s.MaxAge = time.Hour }, err: busy, after: time.Hour, body: `{"Input":"{\"n\":\"16\"}","StateMachineArn":"` + machine + `"}`,
			want: attributes(map[string]string{"ERROR_CODE": busy.Code, "ERROR_MESSAGE": busy.Message, "RETRY_ATTEMPTS": "15", "EXHAUSTED_RETRY_CONDITION": "MaximumEventAgeInSeconds"})},
		"no answer": {change: func(s *scheduler.Schedule) { s.MaxRetries = number(0) }, err: errors.New("connection refused"), body: `{"Input":"{\"n\":\"1\"}","StateMachineArn":"` + machine + `"}`,
			want: attributes(map[string]string{"ERROR_CODE": "AWS.Scheduler.InternalServerError", "ERROR_MESSAGE": "Unexpected error occurred while processing the request",
				"EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts"})},
		"queue": {change: func(s *scheduler.Schedule) { s.TargetARN = queue }, err: denied, body: `{"MessageBody":"{\"n\":\"1\"}","QueueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/undelivered"}`,
			want: attributes(map[string]string{"ERROR_CODE": denied.Code, "ERROR_MESSAGE": denied.Message, "TARGET_ARN": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"})},
		"function": {change: func(s *scheduler.Schedule) { s.TargetARN = "arn:aws:lambda:eu-central-1:111122223333:function:f:3" }, err: denied,
			body: `{"FunctionName":"arn:aws:lambda:eu-central-1:111122223333:function:f:3","InvocationType":"Event","Payload":"{\"n\":\"1\"}"}`,
			want: attributes(map[string]string{"ERROR_CODE": denied.Code, "ERROR_MESSAGE": denied.Message, "TARGET_ARN": "arn:aws:scheduler:::aws-sdk:lambda:invoke"})},
		"universal": {change: func(s *scheduler.Schedule) {
			s.TargetARN, s.Input = "arn:aws:scheduler:::aws-sdk:sfn:startExecution", `{"StateMachineArn":"`+machine+`","Name":"a","Input":"{\"n\":\"<aws.scheduler.attempt-number>\"}"}`
		}, err: denied, body: `{"StateMachineArn":"` + machine + `","Name":"a","Input":"{\"n\":\"1\"}"}`,
			want: attributes(map[string]string{"ERROR_CODE": denied.Code, "ERROR_MESSAGE": denied.Message})},
		"no queue":      {change: func(s *scheduler.Schedule) { s.DeadLetter = "" }, err: denied, lost: "no dead-letter queue"},
		"refused queue": {err: denied, full: errors.New("the role may not send"), lost: "the role may not send"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse()
			h.fails, h.full = func(int) error { return test.err }, test.full
			h.add(t, func(s *scheduler.Schedule) {
				s.Input, s.End = `{"n":"<aws.scheduler.attempt-number>"}`, start.Add(time.Minute)
				if test.change != nil {
					test.change(s)
				}
			})
			h.clock.Advance(25 * time.Hour)
			if test.lost != "" {
				if len(h.lost) != 1 || !strings.Contains(h.lost[0], test.lost) || len(h.dead) != 0 {
					t.Errorf("lost %v, dead %v", h.lost, h.dead)
				}
				return
			}
			if len(h.dead) != 1 || len(h.lost) != 0 {
				t.Fatalf("dead %v, lost %v", h.dead, h.lost)
			}
			u := h.dead[0]
			got := u.Attributes()
			if got["EXECUTION_ID"] == "" || len(got) > 10 {
				t.Errorf("%d attributes, of which SQS takes ten: %v", len(got), got)
			}
			delete(got, "EXECUTION_ID")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if u.Body() != test.body || u.At.Sub(start) != test.after || u.Err == nil {
				t.Errorf("%s after %v", u.Body(), u.At.Sub(start))
			}
		})
	}
}

func TestSchedulesThatAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*scheduler.Schedule)
		names  string
	}{
		"expression":               {func(s *scheduler.Schedule) { s.Expression = "cron(0 3 * * * *)" }, "cron(0 3 * * * *)"},
		"no expression":            {func(s *scheduler.Schedule) { s.Expression = "" }, "Schedule Expression"},
		"long expression":          {func(s *scheduler.Schedule) { s.Expression = "cron(0" + strings.Repeat(",0", 200) + " 3 * * ? *)" }, "256"},
		"zone":                     {func(s *scheduler.Schedule) { s.Timezone = "Europe/Entenhausen" }, "Europe/Entenhausen"},
		"local zone":               {func(s *scheduler.Schedule) { s.Timezone = "Local" }, "Local"},
		"no such time":             {func(s *scheduler.Schedule) { s.Expression, s.Timezone = "at(2027-03-28T02:30:00)", "Europe/Berlin" }, "Europe/Berlin"},
		"name":                     {func(s *scheduler.Schedule) { s.Name = "a b" }, "a b"},
		"long name":                {func(s *scheduler.Schedule) { s.Name = strings.Repeat("x", 65) }, "Name"},
		"group":                    {func(s *scheduler.Schedule) { s.Group = "a/b" }, "a/b"},
		"ARN":                      {func(s *scheduler.Schedule) { s.Name = "other" }, "schedule/default/other"},
		"ARN of a group":           {func(s *scheduler.Schedule) { s.Group = "g" }, "schedule/g/nightly"},
		"window":                   {func(s *scheduler.Schedule) { s.Window = 25 * time.Hour }, "FlexibleTimeWindow"},
		"seconds of window":        {func(s *scheduler.Schedule) { s.Window = 90 * time.Second }, "FlexibleTimeWindow"},
		"dates":                    {func(s *scheduler.Schedule) { s.Start, s.End = start.Add(time.Hour), start }, "EndDate"},
		"target":                   {func(s *scheduler.Schedule) { s.TargetARN = "drill" }, "Target.Arn"},
		"role":                     {func(s *scheduler.Schedule) { s.RoleARN = "" }, "Target.RoleArn"},
		"no input":                 {func(s *scheduler.Schedule) { s.Input = "" }, "default notification"},
		"no JSON":                  {func(s *scheduler.Schedule) { s.Input = "orders" }, "Target.Input"},
		"big input":                {func(s *scheduler.Schedule) { s.Input = `"` + strings.Repeat("x", 256<<10) + `"` }, "Target.Input"},
		"unknown attribute":        {func(s *scheduler.Schedule) { s.Input = `{"at":"<aws.scheduler.time>"}` }, "<aws.scheduler.time>"},
		"universal, not simulated": {func(s *scheduler.Schedule) { s.TargetARN = "arn:aws:scheduler:::aws-sdk:ec2:stopInstances" }, "ec2:stopInstances"},
		"universal, misspelt": {func(s *scheduler.Schedule) {
			s.TargetARN, s.Input = universal, `{"stateMachineARN":"`+machine+`","name_":"x","Input":"{}"}`
		}, "name_"},
		"universal, no machine": {func(s *scheduler.Schedule) { s.TargetARN, s.Input = universal, `{"Input":"{}"}` }, "StateMachineArn"},
		"universal, elsewhere": {func(s *scheduler.Schedule) {
			s.TargetARN, s.Input = strings.Replace(universal, "arn:aws:", "arn:aws-cn:", 1), `{"StateMachineArn":"`+machine+`","Input":"{}"}`
		}, "another partition"},
		"retries": {func(s *scheduler.Schedule) { s.MaxRetries = number(186) }, "MaximumRetryAttempts"},
		"age":     {func(s *scheduler.Schedule) { s.MaxAge = time.Second }, "MaximumEventAgeInSeconds"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse()
			err := h.service.AddSchedule(nightly(test.change))
			var refused *wire.Error
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), test.names) {
				t.Errorf("got %v, which must name %s", err, test.names)
			}
			if len(h.service.Schedules()) != 0 {
				t.Error("it is there all the same")
			}
		})
	}
	if err := scheduler.New(scheduler.Options{Clock: clock.NewVirtual(start)}).AddSchedule(nightly(nil)); err == nil {
		t.Error("without anybody to deliver there are no schedules")
	}
}

func TestDefaultsOfASchedule(t *testing.T) {
	h := newHouse()
	h.add(t, func(s *scheduler.Schedule) { s.ARN, s.Group, s.Timezone = "", "", "" })
	if _, there := h.service.Next(scheduleARN); !there {
		t.Errorf("%+v", h.service.Schedules())
	}
}

func client(h *house) *sdk.Client {
	cloud := simaws.New(simaws.Options{Clock: h.clock}, map[string]wire.Handler{"scheduler": h.service})
	return sdk.NewFromConfig(aws.Config{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestGetSchedule(t *testing.T) {
	h := newHouse()
	h.add(t, func(s *scheduler.Schedule) {
		s.ARN, s.Group, s.Window, s.MaxRetries, s.MaxAge = "", "drills", 15*time.Minute, number(10), time.Hour
		s.Start, s.KMSKey = start.Add(time.Hour), "arn:aws:kms:eu-central-1:111122223333:key/k"
	})
	h.clock.Advance(time.Minute)
	c := client(h)
	out, err := c.GetSchedule(context.Background(), &sdk.GetScheduleInput{Name: aws.String("nightly"), GroupName: aws.String("drills")})
	if err != nil {
		t.Fatal(err)
	}
	if *out.Arn != "arn:aws:scheduler:eu-central-1:111122223333:schedule/drills/nightly" || out.State != types.ScheduleStateEnabled || !out.CreationDate.Equal(start) ||
		*out.ScheduleExpression != "rate(1 hour)" || *out.ScheduleExpressionTimezone != "UTC" || !out.StartDate.Equal(start.Add(time.Hour)) || out.EndDate != nil {
		t.Errorf("%+v", out)
	}
	if out.FlexibleTimeWindow.Mode != types.FlexibleTimeWindowModeFlexible || *out.FlexibleTimeWindow.MaximumWindowInMinutes != 15 {
		t.Errorf("%+v", out.FlexibleTimeWindow)
	}
	target := out.Target
	if *target.Arn != machine || *target.RoleArn != role || *target.Input != `{"database":"orders"}` || *target.DeadLetterConfig.Arn != queue ||
		*target.RetryPolicy.MaximumRetryAttempts != 10 || *target.RetryPolicy.MaximumEventAgeInSeconds != 3600 {
		t.Errorf("%+v", target)
	}
	if _, err := c.GetSchedule(context.Background(), &sdk.GetScheduleInput{Name: aws.String("nightly")}); code(err) != "ResourceNotFoundException" {
		t.Errorf("it is in no other group: %v", err)
	}
	if _, err := c.DeleteSchedule(context.Background(), &sdk.DeleteScheduleInput{Name: aws.String("nightly")}); code(err) != "NotSimulated" {
		t.Errorf("unknown operations fail: %v", err)
	}
}

func TestListSchedules(t *testing.T) {
	h := newHouse()
	for _, name := range []string{"a1", "a2", "a3", "b1"} {
		h.add(t, func(s *scheduler.Schedule) { s.ARN, s.Name, s.Enabled = "", name, name != "a2" })
	}
	h.add(t, func(s *scheduler.Schedule) { s.ARN, s.Name, s.Group = "", "c", "other" })
	h.add(t, func(s *scheduler.Schedule) { s.ARN, s.Region = "", "eu-west-1" })
	for name, test := range map[string]struct {
		in   sdk.ListSchedulesInput
		want []string
	}{
		"all":      {sdk.ListSchedulesInput{}, []string{"a1", "a2", "a3", "b1", "c"}},
		"pages":    {sdk.ListSchedulesInput{MaxResults: aws.Int32(2)}, []string{"a1", "a2", "a3", "b1", "c"}},
		"prefix":   {sdk.ListSchedulesInput{NamePrefix: aws.String("a")}, []string{"a1", "a2", "a3"}},
		"state":    {sdk.ListSchedulesInput{State: types.ScheduleStateDisabled}, []string{"a2"}},
		"group":    {sdk.ListSchedulesInput{GroupName: aws.String("other")}, []string{"c"}},
		"no group": {sdk.ListSchedulesInput{GroupName: aws.String("none")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			pages := sdk.NewListSchedulesPaginator(client(h), &test.in)
			for pages.HasMorePages() {
				page, err := pages.NextPage(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range page.Schedules {
					got = append(got, *s.Name)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := client(h).ListSchedules(context.Background(), &sdk.ListSchedulesInput{MaxResults: aws.Int32(101)}); code(err) != "ValidationException" {
		t.Errorf("%v", err)
	}
}

func TestManySchedules(t *testing.T) {
	h := newHouse()
	for i := range 70 {
		h.add(t, func(s *scheduler.Schedule) {
			s.ARN, s.Name, s.Expression = "", fmt.Sprint("s", i), fmt.Sprintf("cron(0/5 %d * * ? *)", i%24)
		})
	}
	h.clock.Advance(7 * 24 * time.Hour)
	if want := 70 * 12 * 7; len(h.delivered) < want-12 || len(h.delivered) > want {
		t.Errorf("%d deliveries in a week, %d are due", len(h.delivered), want)
	}
}

// A schedule says by its target and payload which execution it starts; only the
// universal target can name it.
func TestWhatAScheduleStarts(t *testing.T) {
	for name, test := range map[string]struct {
		reason, target, payload string
		want                    scheduler.Execution
		fails                   bool
	}{
		"templated": {"Step Functions makes up a name", machine, `{"n":1}`, scheduler.Execution{StateMachineArn: machine, Input: `{"n":1}`}, false},
		"universal": {"the request has it", universal, `{"StateMachineArn":"` + machine + `","Name":"orders-1","Input":"{}"}`,
			scheduler.Execution{StateMachineArn: machine, Name: "orders-1", Input: "{}"}, false},
		"another parameter": {"nothing is passed over", universal, `{"StateMachineArn":"` + machine + `","Region":"x"}`, scheduler.Execution{}, true},
	} {
		got, err := scheduler.Schedule{TargetARN: test.target}.Execution([]byte(test.payload))
		if diff := cmp.Diff(test.want, got); diff != "" || (err != nil) != test.fails {
			t.Errorf("%s: %s: %v (-want +got):\n%s", name, test.reason, err, diff)
		}
	}
}
