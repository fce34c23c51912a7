package asl

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

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

// TestTasksTakeTimeSideBySide: tasks that let virtual time pass do not hold up
// each other, nor a state beside them, nor another execution.
func TestTasksTakeTimeSideBySide(t *testing.T) {
	v := clock.NewVirtual(epoch)
	sleeping := TaskFunc(func(context.Context, Task) (json.RawMessage, error) {
		v.Sleep(5 * time.Second)
		return json.RawMessage(`1`), nil
	})
	m := machineOf(t, "P", `{"P":{"Type":"Parallel","Branches":[{"StartAt":"T","States":{"T":{`+task+`,"End":true}}},{"StartAt":"U","States":{"U":{`+task+`,"End":true}}},
		{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":2,"End":true}}}],"End":true}}`)
	other, err := m.Start(Options{Clock: v, Tasks: sleeping})
	if err != nil {
		t.Fatal(err)
	}
	result, took := run(t, m, Options{Clock: v, Tasks: sleeping})
	if took != 5*time.Second || result.Status != Succeeded {
		t.Errorf("%s after %v", result.Status, took)
	}
	if _, err := other.Wait(context.Background()); err != nil || v.Now().Sub(epoch) != 5*time.Second {
		t.Errorf("the other execution ended after %v: %v", v.Now().Sub(epoch), err)
	}
	for _, e := range result.Events {
		if e.Type == "WaitStateExited" && e.Timestamp.Sub(epoch) != 2*time.Second {
			t.Errorf("a wait of 2 s beside the tasks ended after %v", e.Timestamp.Sub(epoch))
		}
	}
}

// TestCancelledTaskLearnsOfItAtOnce: a task that sleeps in virtual time is
// woken when nobody waits for its result any more.
func TestCancelledTaskLearnsOfItAtOnce(t *testing.T) {
	cases := map[string]struct {
		reason string
		states string
		after  time.Duration
	}{
		"time-out": {"TimeoutSeconds has passed", `{"P":{` + task + `,"TimeoutSeconds":5,"End":true}}`, 5 * time.Second},
		"sibling": {"another branch failed", `{"P":{"Type":"Parallel","Branches":[{"StartAt":"T","States":{"T":{` + task + `,"End":true}}},
			{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3,"Next":"F"},"F":{"Type":"Fail"}}}],"End":true}}`, 3 * time.Second},
		"machine": {"the machine's own time-out", `{"P":{` + task + `,"End":true}},"TimeoutSeconds":7`, 7 * time.Second},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := clock.NewVirtual(epoch)
			var ended time.Duration
			run(t, machineOf(t, "P", c.states), Options{Clock: v, Tasks: TaskFunc(func(ctx context.Context, _ Task) (json.RawMessage, error) {
				for ctx.Err() == nil {
					v.Sleep(time.Hour)
				}
				ended = v.Now().Sub(epoch)
				return nil, ctx.Err()
			})})
			if ended != c.after {
				t.Errorf("%s: the task learnt of it after %v, not %v", c.reason, ended, c.after)
			}
		})
	}
}

func TestEndedExecutionLeavesNoTimerOnTheClock(t *testing.T) {
	m, err := Load([]byte(`{"QueryLanguage":"JSONata","TimeoutSeconds":3600,"StartAt":"T","States":{"T":{` + task + `,"TimeoutSeconds":600,"End":true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	v := clock.NewVirtual(epoch)
	run(t, m, Options{Clock: v, Tasks: failing()})
	if v.Step() {
		t.Errorf("a timer was left behind; it is %v now", v.Now())
	}
}
