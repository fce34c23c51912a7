package stacks_test

import (
	"encoding/json"
	"regexp"
	"strconv"
	"testing"

	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

// taskStates of a machine, also inside of its branches, by name.
func taskStates(states map[string]any, found map[string]map[string]any) {
	for name, s := range states {
		state := s.(map[string]any)
		if state["Type"] == "Task" {
			found[name] = state
		}
		branches, _ := state["Branches"].([]any)
		for _, b := range branches {
			taskStates(b.(map[string]any)["States"].(map[string]any), found)
		}
	}
}

var atLeast = regexp.MustCompile(`^\{% \$max\(\[(\d+),`)

// A function that hangs ends before its state gives up: then what it noted is
// complete, and the retry does not meet it at work.
func TestFunctionsEndBeforeTheirStates(t *testing.T) {
	var machine struct{ States map[string]any }
	if err := json.Unmarshal(statemachines.Drill, &machine); err != nil {
		t.Fatal(err)
	}
	states := map[string]map[string]any{}
	taskStates(machine.States, states)
	a := synthesized(t)
	timeouts := map[string]float64{}
	for _, r := range a.resources("AWS::Lambda::Function") {
		timeouts[r.Properties["FunctionName"].(string)] = r.Properties["Timeout"].(float64)
	}
	for name, function := range drillstep.Functions() {
		if name == "AwaitEvent" {
			continue // its state waits for an event: to time out is how it ends, with the token already stored
		}
		seconds, ok := states[name]["TimeoutSeconds"].(float64)
		if !ok {
			text, _ := states[name]["TimeoutSeconds"].(string)
			found := atLeast.FindStringSubmatch(text)
			if found == nil {
				t.Errorf("%s may time out at any time: %q", name, text)
				continue
			}
			least, err := strconv.Atoi(found[1])
			if err != nil {
				t.Fatal(err)
			}
			seconds = float64(least)
		}
		if timeout := timeouts["lifeboat-prod-"+function]; timeout == 0 || timeout >= seconds {
			t.Errorf("%s gives up after %g s, its function after %g s", name, seconds, timeout)
		}
	}
	// https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
	if seconds, _ := states["CustomCheck"]["TimeoutSeconds"].(float64); seconds <= 900 {
		t.Errorf("CustomCheck gives up after %g s, and a function may take 900", seconds)
	}
}
