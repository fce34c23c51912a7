package asl

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestRetriesWaitAsDeclared(t *testing.T) {
	cases := map[string]struct {
		reason  string
		retry   string
		errors  []string
		wait    time.Duration
		succeed bool
	}{
		"defaults":      {"1 s, then doubled, three times", `{"ErrorEquals":["E"]}`, []string{"E", "E", "E"}, 7 * time.Second, true},
		"exhausted":     {"the fourth failure ends it", `{"ErrorEquals":["E"]}`, []string{"E", "E", "E", "E"}, 7 * time.Second, false},
		"backoff 1":     {"the same interval each time", `{"ErrorEquals":["E"],"IntervalSeconds":5,"BackoffRate":1}`, []string{"E", "E"}, 10 * time.Second, true},
		"max delay":     {"the interval stops growing", `{"ErrorEquals":["E"],"IntervalSeconds":4,"MaxDelaySeconds":5,"MaxAttempts":4}`, []string{"E", "E", "E"}, 14 * time.Second, true},
		"zero attempts": {"never retried", `{"ErrorEquals":["E"],"MaxAttempts":0}`, []string{"E"}, 0, false},
		"other name":    {"not this retrier's error", `{"ErrorEquals":["Other"]}`, []string{"E"}, 0, false},
		"own counters":  {"each retrier counts for itself", `{"ErrorEquals":["A"],"MaxAttempts":1},{"ErrorEquals":["B"],"MaxAttempts":1}`, []string{"A", "B"}, 2 * time.Second, true},
		"all":           {"States.ALL matches every name", `{"ErrorEquals":["States.ALL"],"MaxAttempts":1}`, []string{"E"}, time.Second, true},
		"task failed":   {"States.TaskFailed matches what a task reports", `{"ErrorEquals":["States.TaskFailed"],"MaxAttempts":1}`, []string{"E"}, time.Second, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m := machineOf(t, "T", `{"T":{`+task+`,"Retry":[`+c.retry+`],"End":true}}`)
			result, took := run(t, m, Options{Tasks: failing(c.errors...)})
			if took != c.wait || (result.Status == Succeeded) != c.succeed {
				t.Errorf("%s: %s after %v, want success=%v after %v", c.reason, result.Status, took, c.succeed, c.wait)
			}
		})
	}
}

func TestJitterComesFromTheSeed(t *testing.T) {
	m := machineOf(t, "T", `{"T":{`+task+`,"Retry":[{"ErrorEquals":["E"],"IntervalSeconds":100,"JitterStrategy":"FULL"}],"End":true}}`)
	_, first := run(t, m, Options{Tasks: failing("E"), Seed: 1})
	_, again := run(t, m, Options{Tasks: failing("E"), Seed: 1})
	_, other := run(t, m, Options{Tasks: failing("E"), Seed: 2})
	if first != again || first == other || first <= 0 || first >= 100*time.Second {
		t.Errorf("waits of %v, %v with the same seed and %v with another", first, again, other)
	}
}

func TestCatchNames(t *testing.T) {
	big := json.RawMessage(`"` + strings.Repeat("x", maxPayloadBytes) + `"`)
	large := TaskFunc(func(context.Context, Task) (json.RawMessage, error) {
		return json.RawMessage(`"` + strings.Repeat("x", 200_000) + `"`), nil
	})
	cases := map[string]struct {
		reason string
		fields string // of the Task
		catch  string
		tasks  TaskFunc
		caught bool
	}{
		"by name":                   {"the name it failed with", "", "E", failing("E"), true},
		"another name":              {"not this one", "", "F", failing("E"), false},
		"all":                       {"everything", "", "States.ALL", failing("E"), true},
		"task failed":               {"what a task reports", "", "States.TaskFailed", failing("E"), true},
		"time-out is no failure":    {"States.TaskFailed leaves time-outs out", "", "States.TaskFailed", failing("States.Timeout"), false},
		"time-out":                  {"by its own name", "", "States.Timeout", failing("States.Timeout"), true},
		"runtime":                   {"States.ALL leaves it out", "", "States.ALL", failing("States.Runtime"), false},
		"expression":                {"a failing expression is an error like others", `"Output":"{% $nothing %}",`, "States.QueryEvaluationError", failing(), true},
		"result too large, by all":  {"as recorded on AWS", "", "States.ALL", func(context.Context, Task) (json.RawMessage, error) { return big, nil }, true},
		"output too large, by all":  {"a state's own output is terminal", `"Output":"{% $states.result & $states.result %}",`, "States.ALL", large, false},
		"output too large, by name": {"its own name does match", `"Output":"{% $states.result & $states.result %}",`, "States.DataLimitExceeded", large, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m := machineOf(t, "T", `{"T":{`+task+`,`+c.fields+`"Catch":[{"ErrorEquals":["`+c.catch+`"],"Next":"C"}],"End":true},"C":{"Type":"Succeed"}}`)
			result, _ := run(t, m, Options{Tasks: c.tasks})
			if (result.Status == Succeeded && strings.Contains(types(result.Events), "SucceedStateEntered")) != c.caught {
				t.Errorf("%s: %s %s %.100s", c.reason, result.Status, result.Error, result.Cause)
			}
		})
	}
}
