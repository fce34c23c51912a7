package sim_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// drillAsAnOperator starts an execution with the SDK and follows it, as
// `lifeboat drill --aws` does.
func drillAsAnOperator(t *testing.T, scenario sim.Scenario, request drillstep.Request) (*aws.Outcome, []string) {
	t.Helper()
	w, err := sim.Open(sim.Options{Plan: examplePlan(t), Scenario: scenario, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	deployed := aws.Open(w.Operator())
	arn, err := deployed.Start(context.Background(), request, "abcd1234")
	if err != nil {
		t.Fatal(err)
	}
	var states []string
	outcome, err := deployed.Follow(context.Background(), arn, func(e sfn.Event) {
		if strings.HasSuffix(e.Type, "StateEntered") {
			states = append(states, e.State)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return outcome, states
}

func TestDrillIsStartedAndFollowed(t *testing.T) {
	outcome, states := drillAsAnOperator(t, sim.Scenario{}, drillstep.Request{Database: "orders/orders-db", StartedBy: "an operator", PlanHash: examplePlan(t).Hash()})
	if outcome.Ending != drill.Passed || outcome.Document == nil || outcome.Document.Start.By != "an operator" {
		t.Errorf("outcome %+v", outcome)
	}
	if !strings.HasPrefix(outcome.Location, "s3://lifeboat-prod-111122223333-") {
		t.Errorf("evidence at %q", outcome.Location)
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
		request drillstep.Request
		ending  drill.Ending
		refused drill.ErrorName
		cause   string
	}{
		"nothing":      {"the plan has one database", drillstep.Request{}, drill.Passed, "", ""},
		"the database": {"as the plan names it", drillstep.Request{Database: "orders/orders-db"}, drill.Passed, "", ""},
		"a wrong name": {"it fails at once, and lists the names", drillstep.Request{Database: "orders/oders-db"}, drill.FailureClean, drill.UnknownDatabase, "orders/orders-db"},
		"another plan": {"what is deployed is not what the caller sees", drillstep.Request{PlanHash: "0123"}, drill.FailureClean, drill.PlanMismatch, "0123"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			outcome, states := drillAsAnOperator(t, sim.Scenario{}, tc.request)
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
	outcome, _ := drillAsAnOperator(t, sim.Scenario{Backups: sim.Backups{ReplicaStoppedFor: sim.Duration(5 * time.Hour)}}, drillstep.Request{})
	if outcome.Ending != drill.ObjectivesMissed || outcome.Document == nil || outcome.Document.Ending != string(drill.ObjectivesMissed) {
		t.Errorf("outcome %+v", outcome)
	}
}
