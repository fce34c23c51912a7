package asl

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

func TestHistoryLimitEndsAnEndlessMachine(t *testing.T) {
	m := machineOf(t, "A", `{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}}`)
	result, _ := run(t, m, Options{})
	if result.Status != Failed || len(result.Events) != maxHistoryEvents || result.Events[maxHistoryEvents-1].Type != "ExecutionFailed" {
		t.Errorf("%s with %d events", result.Status, len(result.Events))
	}
}

// counting loops a number of rounds, with 4 events each and 8 around them.
func counting(t *testing.T, rounds int) *Machine {
	return machineOf(t, "Begin", fmt.Sprintf(`{"Begin":{"Type":"Pass","Next":"Set"},"Set":{"Type":"Pass","Assign":{"n":1},"Next":"Count"},
		"Count":{"Type":"Pass","Assign":{"n":"{%% $n + 1 %%}"},"Next":"More"},
		"More":{"Type":"Choice","Choices":[{"Condition":"{%% $n <= %d %%}","Next":"Count"}],"Default":"Done"},"Done":{"Type":"Succeed"}}`, rounds))
}

func TestExecutionMayEndWithTheLastEventThatFits(t *testing.T) {
	cases := map[string]struct {
		reason string
		rounds int
		status Status
		events int
	}{
		"far from it":    {"nothing special", 10, Succeeded, 48},
		"last event":     {"the end is the 25,000th event", 6248, Succeeded, maxHistoryEvents},
		"one round more": {"the end would be the 25,004th", 6249, Failed, maxHistoryEvents},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			result, _ := run(t, counting(t, c.rounds), Options{})
			if result.Status != c.status || len(result.Events) != c.events {
				t.Errorf("%s: %s with %d events", c.reason, result.Status, len(result.Events))
			}
		})
	}
}

// TestFullHistoryEndsEverything: also when a branch fills it, and tasks and
// waits are under way beside it.
func TestFullHistoryEndsEverything(t *testing.T) {
	v := clock.NewVirtual(epoch)
	ended := false
	result, took := run(t, machineOf(t, "P", `{"P":{"Type":"Parallel","Branches":[
		{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}}},
		{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}},
		{"StartAt":"T","States":{"T":{`+task+`,"End":true}}}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}],"End":true},"C":{"Type":"Succeed"}}`),
		Options{Clock: v, Tasks: TaskFunc(func(ctx context.Context, _ Task) (json.RawMessage, error) {
			v.Sleep(time.Hour)
			ended = ctx.Err() != nil
			return nil, ctx.Err()
		})})
	if result.Status != Failed || result.Error != errRuntime || took != 0 || len(result.Events) != maxHistoryEvents {
		t.Errorf("%s %s with %d events after %v", result.Status, result.Error, len(result.Events), took)
	}
	if !ended && strings.Contains(types(result.Events), "TaskStarted") {
		t.Error("the task did not learn that nobody waits for it")
	}
}

func TestLimitsOfPayloadsAndVariables(t *testing.T) {
	const kib = `$join([1..64].$pad('', 1024, 'x'))` // 64 KiB
	four := `$join([1..4].` + kib + `)`              // 256 KiB
	cases := map[string]struct {
		reason string
		states string
		error  string
	}{
		"output":             {"a state's output", `{"S":{"Type":"Pass","Output":"{% ` + four + ` %}","End":true}}`, errDataLimit},
		"output that fits":   {"two signs less, for the quotes", `{"S":{"Type":"Pass","Output":"{% $substring(` + four + `, 2) %}","Next":"T"},"T":{"Type":"Pass","Output":1,"End":true}}`, ""},
		"arguments":          {"what a Parallel state hands to its branches", `{"S":{"Type":"Parallel","Arguments":"{% ` + four + ` %}","Branches":[{"StartAt":"B","States":{"B":{"Type":"Succeed","Output":1}}}],"End":true}}`, errDataLimit},
		"item":               {"what a Map state hands to an iteration", `{"S":{"Type":"Map","Items":[1],"ItemSelector":"{% ` + four + ` %}","ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed","Output":1}}},"End":true}}`, errDataLimit},
		"results of a Map":   {"together they are the output", `{"S":{"Type":"Map","Items":[1,2,3,4,5],"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed","Output":"{% ` + kib + ` %}"}}},"End":true}}`, errDataLimit},
		"one variable":       {"256 KiB", `{"S":{"Type":"Pass","Assign":{"v":"{% ` + four + ` %}"},"End":true}}`, errDataLimit},
		"variables together": {"of one Assign", `{"S":{"Type":"Pass","Assign":{"v":"{% ` + kib + ` %}","w":"{% $join([1..3].` + kib + `) %}"},"End":true}}`, errDataLimit},
		"assigned again":     {"only the last value counts", `{"S":{"Type":"Map","MaxConcurrency":1,"Items":"{% [1..60] %}","ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","Assign":{"v":"{% $substring(` + four + `, 2) %}"},"Output":1,"End":true}}},"End":true}}`, ""},
		"all variables": {"10 MiB in an execution", `{"S":{"Type":"Map","Items":"{% [1..40] %}","ItemProcessor":{"StartAt":"B","States":{
			"B":{"Type":"Pass","Assign":{"v":"{% $substring(` + four + `, 2) %}"},"Next":"C"},"C":{"Type":"Pass","Assign":{"w":"{% ` + kib + ` %}"},"Output":1,"Next":"W"},"W":{"Type":"Wait","Seconds":1,"End":true}}},"End":true}}`, errDataLimit},
		"too long a wait":    {"the engine must not wait for a time that has overflowed", `{"S":{"Type":"Wait","Seconds":"{% 100000000 %}","End":true}}`, errQueryEvaluation},
		"half a second":      {"Seconds are whole", `{"S":{"Type":"Wait","Seconds":"{% 1/2 %}","End":true}}`, errQueryEvaluation},
		"hundred and one %":  {"a percentage", `{"S":{"Type":"Map","Items":[1],"ToleratedFailurePercentage":"{% 101 %}","ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}},"End":true}}`, errQueryEvaluation},
		"no such Timestamp":  {"no time", `{"S":{"Type":"Wait","Timestamp":"tomorrow","End":true}}`, errQueryEvaluation},
		"no Choice, no way":  {"nothing matched and there is no Default", `{"S":{"Type":"Choice","Choices":[{"Condition":false,"Next":"T"}]},"T":{"Type":"Succeed"}}`, errNoChoice},
		"items are no array": {"nothing to go through", `{"S":{"Type":"Map","Items":"{% 'abc' %}","ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}},"End":true}}`, errQueryEvaluation},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			result, _ := run(t, machineOf(t, "S", c.states), Options{})
			if result.Error != c.error {
				t.Errorf("%s: %s %q %.200s", c.reason, result.Status, result.Error, result.Cause)
			}
		})
	}
}
