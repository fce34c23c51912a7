package asl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// machineOf wraps states: the first one is where it starts.
func machineOf(t testing.TB, start, states string) *Machine {
	t.Helper()
	m, err := Load([]byte(`{"QueryLanguage":"JSONata","StartAt":"` + start + `","States":` + states + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const task = `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke"`

// run runs in virtual time and returns the result and how long it took there.
func run(t testing.TB, m *Machine, o Options) (*Result, time.Duration) {
	t.Helper()
	virtual, ok := o.Clock.(*clock.Virtual)
	if !ok {
		virtual = clock.NewVirtual(epoch)
		o.Clock = virtual
	}
	began := virtual.Now()
	result, err := m.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return result, virtual.Now().Sub(began)
}

func types(events []Event) string {
	var names []string
	for _, e := range events {
		names = append(names, e.Type)
	}
	return strings.Join(names, " ")
}

// failing fails with each name in turn, then succeeds.
func failing(names ...string) TaskFunc {
	return func(context.Context, Task) (json.RawMessage, error) {
		if len(names) == 0 {
			return json.RawMessage(`"done"`), nil
		}
		name := names[0]
		names = names[1:]
		return nil, &TaskError{Name: name, Cause: "because"}
	}
}

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

// token hands its token to the test and answers at once.
func token(got *string) TaskFunc {
	return func(_ context.Context, task Task) (json.RawMessage, error) {
		*got = task.Token
		return json.RawMessage(`{"handed":true}`), nil
	}
}

const tokenTaskState = `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Arguments":{"FunctionName":"f","Payload":{"token":"{% $states.context.Task.Token %}"}}`

func TestTaskTokens(t *testing.T) {
	const states = `{"T":{` + tokenTaskState + `,"TimeoutSeconds":600,"HeartbeatSeconds":10,"End":true}}`
	cases := map[string]struct {
		reason string
		send   func(x *Execution, v *clock.Virtual, token string) error
		status Status
		error  string
		events string // the end of the history
	}{
		"success": {"the output is the task's result", func(x *Execution, _ *clock.Virtual, k string) error {
			return x.SendTaskSuccess(k, json.RawMessage(`{"a":1}`))
		}, Succeeded, "", "TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"},
		"failure":   {"error and cause as sent", func(x *Execution, _ *clock.Virtual, k string) error { return x.SendTaskFailure(k, "E", "c") }, Failed, "E", "TaskSubmitted TaskFailed ExecutionFailed"},
		"no answer": {"the heartbeat is missed", func(*Execution, *clock.Virtual, string) error { return nil }, Failed, errTimeout, "TaskSubmitted TaskTimedOut ExecutionFailed"},
		"heartbeats, then success": {"each one starts the time anew", func(x *Execution, v *clock.Virtual, k string) error {
			for range 5 {
				v.Advance(8 * time.Second)
				if err := x.SendTaskHeartbeat(k); err != nil {
					return err
				}
				v.Advance(0)
			}
			return x.SendTaskSuccess(k, json.RawMessage(`1`))
		}, Succeeded, "", "TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"},
		"heartbeats for ever": {"the time-out holds all the same", func(x *Execution, v *clock.Virtual, k string) error {
			for x.SendTaskHeartbeat(k) == nil {
				v.Advance(9 * time.Second)
			}
			return nil
		}, Failed, errTimeout, "TaskSubmitted TaskTimedOut ExecutionFailed"},
		"unknown token": {"nobody waits for it", func(x *Execution, _ *clock.Virtual, k string) error {
			if err := x.SendTaskSuccess("another", json.RawMessage(`1`)); !errors.Is(err, ErrTaskTimedOut) {
				return fmt.Errorf("got %w", err)
			}
			return x.SendTaskSuccess(k, json.RawMessage(`1`))
		}, Succeeded, "", "TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := clock.NewVirtual(epoch)
			var key string
			x, err := machineOf(t, "T", states).Start(Options{Clock: v, Tasks: token(&key)})
			if err != nil {
				t.Fatal(err)
			}
			v.Advance(time.Second)
			if err := c.send(x, v, key); err != nil {
				t.Fatalf("%s: %v", c.reason, err)
			}
			result, err := x.Wait(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if result.Status != c.status || result.Error != c.error || !strings.HasSuffix(types(result.Events), c.events) {
				t.Errorf("%s: %s %s: %s", c.reason, result.Status, result.Error, types(result.Events))
			}
			if err := x.SendTaskSuccess(key, json.RawMessage(`1`)); !errors.Is(err, ErrTaskTimedOut) {
				t.Errorf("a token of an ended execution was taken: %v", err)
			}
		})
	}
}

func TestTaskTimesOutAndItsContextEnds(t *testing.T) {
	m := machineOf(t, "T", `{"T":{`+task+`,"TimeoutSeconds":1,"End":true}}`)
	ended := make(chan struct{})
	result, err := m.Run(context.Background(), Options{Clock: clock.Real{}, Tasks: TaskFunc(func(ctx context.Context, _ Task) (json.RawMessage, error) {
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	})})
	if err != nil {
		t.Fatal(err)
	}
	<-ended
	if result.Status != Failed || result.Error != errTimeout {
		t.Errorf("%s %s", result.Status, result.Error)
	}
}

func TestTaskThatSleepsOnTheVirtualClockTimesOut(t *testing.T) {
	v := clock.NewVirtual(epoch)
	m := machineOf(t, "T", `{"T":{`+task+`,"TimeoutSeconds":5,"End":true}}`)
	result, _ := run(t, m, Options{Clock: v, Tasks: TaskFunc(func(context.Context, Task) (json.RawMessage, error) {
		v.Sleep(6 * time.Second)
		return json.RawMessage(`1`), nil
	})})
	if result.Error != errTimeout {
		t.Errorf("%s %s", result.Status, result.Error)
	}
}

func TestMachineTimeoutAndAbort(t *testing.T) {
	m, err := Load([]byte(`{"QueryLanguage":"JSONata","TimeoutSeconds":10,"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	result, took := run(t, m, Options{})
	if result.Status != TimedOut || took != 10*time.Second {
		t.Errorf("%s after %v", result.Status, took)
	}

	ctx, cancel := context.WithCancel(context.Background())
	handlerEnded := make(chan struct{})
	m = machineOf(t, "P", `{"P":{"Type":"Parallel","Branches":[{"StartAt":"T","States":{"T":{`+task+`,"End":true}}},{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}],"End":true},"C":{"Type":"Succeed"}}`)
	result, err = m.Run(ctx, Options{Tasks: TaskFunc(func(ctx context.Context, _ Task) (json.RawMessage, error) {
		cancel()
		<-ctx.Done()
		close(handlerEnded)
		return nil, ctx.Err()
	})})
	if err != nil {
		t.Fatal(err)
	}
	<-handlerEnded
	if result.Status != Aborted || strings.Contains(types(result.Events), "SucceedStateEntered") {
		t.Errorf("no Catch sees an abort: %s %s", result.Status, types(result.Events))
	}
}

func TestFailingBranchAbortsItsSiblings(t *testing.T) {
	m := machineOf(t, "P", `{"P":{"Type":"Parallel","Branches":[
		{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}},
		{"StartAt":"S","States":{"S":{"Type":"Wait","Seconds":1,"Next":"F"},"F":{"Type":"Fail","Error":"E"}}}],"End":true}}`)
	result, took := run(t, m, Options{})
	if took != time.Second || result.Error != "E" || !strings.Contains(types(result.Events), "FailStateEntered WaitStateAborted ParallelStateFailed ExecutionFailed") {
		t.Errorf("%v %s: %s", took, result.Error, types(result.Events))
	}
}

func TestMapConcurrencyAndTolerance(t *testing.T) {
	const item = `"ItemProcessor":{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":10,"Next":"C"},` +
		`"C":{"Type":"Choice","Choices":[{"Condition":"{% $states.input < 0 %}","Next":"F"}],"Default":"P"},"F":{"Type":"Fail","Error":"Negative"},"P":{"Type":"Pass","Output":"{% $states.input * 2 %}","End":true}}}`
	cases := map[string]struct {
		reason string
		fields string
		input  string
		took   time.Duration
		output string
		error  string
	}{
		"one at a time": {"three waits after each other", `"MaxConcurrency":1,`, `[1,2,3]`, 30 * time.Second, `[2,4,6]`, ""},
		"two at a time": {"two rounds", `"MaxConcurrency":2,`, `[1,2,3]`, 20 * time.Second, `[2,4,6]`, ""},
		"all at once":   {"one round", ``, `[1,2,3]`, 10 * time.Second, `[2,4,6]`, ""},
		"forty at once": {"an inline Map runs no more", ``, `[` + strings.TrimSuffix(strings.Repeat("1,", 41), ",") + `]`, 20 * time.Second, `[` + strings.TrimSuffix(strings.Repeat("2,", 41), ",") + `]`, ""},
		"failure":       {"the item's error is the Map's", ``, `[1,-1]`, 10 * time.Second, ``, "Negative"},
		"tolerated":     {"its result is left out", `"ToleratedFailureCount":1,`, `[1,-1,3]`, 10 * time.Second, `[2,6]`, ""},
		"percentage":    {"half of them may fail", `"ToleratedFailurePercentage":50,`, `[1,-1]`, 10 * time.Second, `[2]`, ""},
		"too many":      {"the threshold has its own error", `"ToleratedFailureCount":1,`, `[-1,-1,1]`, 10 * time.Second, ``, errTooManyFailures},
		"empty":         {"nothing to do", ``, `[]`, 0, `[]`, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			result, took := run(t, machineOf(t, "M", `{"M":{"Type":"Map",`+c.fields+item+`,"End":true}}`), Options{Input: json.RawMessage(c.input)})
			if took != c.took || string(result.Output) != c.output || result.Error != c.error {
				t.Errorf("%s: %v, %s, %q", c.reason, took, result.Output, result.Error)
			}
		})
	}
}

func TestVariablesOfABranchStayThere(t *testing.T) {
	m := machineOf(t, "A", `{"A":{"Type":"Pass","Assign":{"x":1,"y":2},"Next":"P"},
		"P":{"Type":"Parallel","Branches":[{"StartAt":"B","States":{"B":{"Type":"Pass","Assign":{"x":"{% $x + 10 %}"},"Next":"C"},"C":{"Type":"Pass","Output":"{% [$x, $y] %}","End":true}}}],"Output":"{% {'inner': $states.result[0], 'outer': $x} %}","End":true}}`)
	result, _ := run(t, m, Options{})
	if string(result.Output) != `{"inner":[11,2],"outer":1}` {
		t.Errorf("%s %s", result.Output, result.Cause)
	}
}

func TestHistoryLimitEndsAnEndlessMachine(t *testing.T) {
	m := machineOf(t, "A", `{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}}`)
	result, _ := run(t, m, Options{})
	if result.Status != Failed || len(result.Events) != maxHistoryEvents || result.Events[maxHistoryEvents-1].Type != "ExecutionFailed" {
		t.Errorf("%s with %d events", result.Status, len(result.Events))
	}
}

func TestExecutionsShareOneVirtualClock(t *testing.T) {
	v := clock.NewVirtual(epoch)
	m := machineOf(t, "W", `{"W":{"Type":"Wait","Seconds":60,"Output":"{% $states.context.Execution.Name %}","End":true}}`)
	var all []*Execution
	for i := range 3 {
		x, err := m.Start(Options{Clock: v, Name: fmt.Sprint("e", i)})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, x)
	}
	v.Advance(time.Minute)
	for i, x := range all {
		result, err := x.Wait(context.Background())
		if err != nil || string(result.Output) != fmt.Sprintf(`"e%d"`, i) {
			t.Errorf("%v %v", result, err)
		}
	}
	if !v.Now().Equal(epoch.Add(time.Minute)) {
		t.Errorf("three waits of a minute at once took until %v", v.Now())
	}
}

func TestWaitingForATokenThatNobodyReturnsIsSaid(t *testing.T) {
	var key string
	_, err := machineOf(t, "T", `{"T":{`+tokenTaskState+`,"End":true}}`).Run(context.Background(), Options{Clock: clock.NewVirtual(epoch), Tasks: token(&key)})
	if !errors.Is(err, ErrStalled) {
		t.Errorf("got %v", err)
	}
}

// TestSameSeedSameHistory: machine, input and seed determine every byte.
func TestSameSeedSameHistory(t *testing.T) {
	m := machineOf(t, "M", `{"M":{"Type":"Map","MaxConcurrency":3,"ItemProcessor":{"StartAt":"T","States":{"T":{`+task+
		`,"Retry":[{"ErrorEquals":["States.ALL"],"JitterStrategy":"FULL","MaxAttempts":9}],"Output":"{% {'id': $uuid(), 'n': $random()} %}","Next":"W"},"W":{"Type":"Wait","Seconds":"{% $ceil($states.input.n * 100) %}","End":true}}},"End":true}}`)
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Int64().Draw(t, "seed")
		items := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 8).Draw(t, "failures of each item")
		input, _ := json.Marshal(items)
		history := func() []byte {
			left := slices.Clone(items)
			result, err := m.Run(context.Background(), Options{Input: input, Seed: seed, Clock: clock.NewVirtual(epoch),
				Tasks: TaskFunc(func(_ context.Context, task Task) (json.RawMessage, error) {
					for i := range left {
						if left[i] > 0 {
							left[i]--
							return nil, &TaskError{Name: "E"}
						}
					}
					return json.RawMessage(`1`), nil
				})})
			if err != nil {
				t.Fatal(err)
			}
			text, _ := json.Marshal(result.Events)
			return text
		}
		if first, second := history(), history(); !bytes.Equal(first, second) {
			t.Fatal(cmp.Diff(string(first), string(second)))
		}
	})
}

func TestWallClockTakesTheSameWay(t *testing.T) {
	m := machineOf(t, "P", `{"P":{"Type":"Parallel","Branches":[{"StartAt":"T","States":{"T":{`+task+`,"End":true}}}],"Next":"W"},"W":{"Type":"Wait","Timestamp":"{% $states.context.Execution.StartTime %}","End":true}}`)
	virtual, _ := run(t, m, Options{Tasks: failing()})
	real, err := m.Run(context.Background(), Options{Tasks: failing()})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(types(virtual.Events), types(real.Events)); diff != "" {
		t.Errorf("(-virtual +wall):\n%s", diff)
	}
}
