package sim_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// drillAsAnOperator starts an execution with the SDK and follows it, as
// `lifeboat drill --world aws` does, with a plan of that hash.
func drillAsAnOperator(t *testing.T, scenario sim.Scenario, request world.Request, planHash string) (*world.Outcome, []string) {
	t.Helper()
	w, err := sim.Open(sim.Options{Plan: examplePlan(t), Scenario: scenario, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	operator := w.Operator()
	operator.PlanHash = planHash
	var states []string
	var started *world.Start
	request.Observe = func(e world.Event) {
		switch {
		case e.Kind == world.Started && len(states) == 0:
			started = e.Started
		case e.Kind == world.Entered:
			states = append(states, e.State)
		}
	}
	outcome, err := aws.Open(operator).Drill(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	if started == nil || started.ExecutionID != outcome.ExecutionID || started.Region == "" {
		t.Errorf("the start was told as %+v", started)
	}
	return outcome, states
}

func TestDrillIsStartedAndFollowed(t *testing.T) {
	outcome, states := drillAsAnOperator(t, sim.Scenario{}, world.Request{Database: "orders/orders-db", StartedBy: "an operator"}, examplePlan(t).Hash())
	if outcome.Ending != drill.Passed || outcome.Document == nil || outcome.Document.Start.By != "an operator" {
		t.Errorf("outcome %+v", outcome)
	}
	if !strings.HasPrefix(outcome.Evidence, "s3://lifeboat-prod-111122223333-") {
		t.Errorf("evidence at %q", outcome.Evidence)
	}
	if states[0] != "ClaimSlot" || states[len(states)-1] != "Passed" {
		t.Errorf("states %v", states)
	}
	if visited := outcome.Document.States; len(visited) == 0 || visited[0].Name != "ClaimSlot" {
		t.Errorf("the evidence lists the states %v", visited)
	}
}

func TestConsoleInputs(t *testing.T) {
	tests := map[string]struct {
		reason  string
		request world.Request
		hash    string // of the caller's plan
		ending  drill.Ending
		refused drill.ErrorName
		cause   string
	}{
		"nothing":      {"the plan has one database", world.Request{}, "", drill.Passed, "", ""},
		"the database": {"as the plan names it", world.Request{Database: "orders/orders-db"}, "", drill.Passed, "", ""},
		"a wrong name": {"it fails at once, and lists the names", world.Request{Database: "orders/oders-db"}, "", drill.FailureClean, drill.UnknownDatabase, "orders/orders-db"},
		"another plan": {"what is deployed is not what the caller sees", world.Request{}, "0123", drill.FailureClean, drill.PlanMismatch, "0123"},
		"any plan":     {"the caller said so", world.Request{DeployedPlan: true}, "0123", drill.Passed, "", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			outcome, states := drillAsAnOperator(t, sim.Scenario{}, tc.request, tc.hash)
			if outcome.Ending != tc.ending || outcome.Refused != tc.refused || !strings.Contains(outcome.Cause, tc.cause) {
				t.Errorf("%s: %s, refused %q: %s", tc.reason, outcome.Ending, outcome.Refused, outcome.Cause)
			}
			if tc.refused != "" && slices.Contains(states, "StartRestore") {
				t.Errorf("%s: something was restored", tc.reason)
			}
		})
	}
}

func TestFailedDrillIsFollowedToItsEvidence(t *testing.T) {
	outcome, _ := drillAsAnOperator(t, sim.Scenario{Backups: sim.Backups{ReplicaStoppedFor: sim.Duration(5 * time.Hour)}}, world.Request{}, "")
	if outcome.Ending != drill.ObjectivesMissed || outcome.Document == nil || outcome.Document.Ending != string(drill.ObjectivesMissed) {
		t.Errorf("outcome %+v", outcome)
	}
}

// Whoever stops watching stops nothing.
func TestADrillThatIsNotFollowedGoesOn(t *testing.T) {
	w, err := sim.Open(sim.Options{Plan: examplePlan(t), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	operator := w.Operator()
	operator.Pause = func(context.Context, time.Duration) error { stop(); return ctx.Err() }
	_, err = aws.Open(operator).Drill(ctx, world.Request{})
	var left *world.NotFollowed
	if !errors.As(err, &left) || !strings.Contains(left.Hint, left.ExecutionID) {
		t.Fatalf("%v", err)
	}
	if err := w.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	h, err := aws.Open(w.Operator()).History(context.Background(), world.Query{})
	if err != nil || len(h.Drills) != 1 || h.Drills[0].Document.Ending != string(drill.Passed) {
		t.Errorf("%+v, %v", h, err)
	}
}
