package asl

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

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
		"P":{"Type":"Parallel","Branches":[
			{"StartAt":"B","States":{"B":{"Type":"Pass","Assign":{"z":"{% $x + 10 %}"},"Next":"C"},"C":{"Type":"Pass","Output":"{% [$x, $y, $z] %}","End":true}}},
			{"StartAt":"D","States":{"D":{"Type":"Pass","Assign":{"z":7},"Next":"E"},"E":{"Type":"Pass","Output":"{% $z %}","End":true}}}],
		"Output":"{% {'inner': $states.result, 'outer': $x, 'gone': $exists($z)} %}","End":true}}`)
	result, _ := run(t, m, Options{})
	if string(result.Output) != `{"inner":[[1,2,11],7],"outer":1,"gone":false}` {
		t.Errorf("%s %s", result.Output, result.Cause)
	}
}
