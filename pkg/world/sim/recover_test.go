package sim

import (
	"context"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

func recoveryPlan(t *testing.T) plan.Plan {
	t.Helper()
	loaded, err := planfile.Load("../../../examples/recovery/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Plan
}

func rehearseRecovery(t *testing.T, s RecoveryScenario) *RecoveryRehearsal {
	t.Helper()
	r, err := RehearseRecovery(context.Background(), RecoveryOptions{Plan: recoveryPlan(t), Scenario: s, Seed: 1, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRecoveryOnAGoodDay(t *testing.T) {
	r := rehearseRecovery(t, RecoveryScenario{})
	t.Logf("%s: %s after %v s, %d executions, %d transitions, at most %d events, left %v", r.Ending, r.Cause, r.Seconds, r.Executions, r.Cost.Transitions, r.LongestEvents, r.LeftBehind)
	if r.Evidence != nil {
		for _, s := range r.Evidence.Steps {
			t.Logf("%s %s %+v %v %v %s %s", s.ID, s.State, s.Failure, s.StartedAt, s.EndedAt, s.Says, s.Unproven)
		}
	}
}

func TestRecoveryFailover(t *testing.T) {
	r := rehearseRecovery(t, RecoveryScenario{Mode: recovery.Failover})
	t.Logf("%s: %s after %v s, %d executions, %d transitions, at most %d events, left %v, recovered %v, %v", r.Ending, r.Cause, r.Seconds, r.Executions, r.Cost.Transitions, r.LongestEvents, r.LeftBehind, r.Recovered, r.Announced)
	if r.Evidence != nil {
		for _, s := range r.Evidence.Steps {
			t.Logf("%s %s %+v %v %v %s %s", s.ID, s.State, s.Failure, s.StartedAt, s.EndedAt, s.Says, s.Unproven)
		}
	}
}
