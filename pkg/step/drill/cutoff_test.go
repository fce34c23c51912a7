package drillstep_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// A drill that was cut off anywhere, before or after the effect of any
// operation, leaves nothing once the machine has run with cleanUpAfter.
func TestCutOffAnywhere(t *testing.T) {
	whole := newSim(t)
	whole.run(t, executionID, request())
	for dieAt := 1; dieAt <= whole.world.total; dieAt++ {
		for _, after := range []bool{false, true} {
			s := newSim(t)
			s.world.dieAt, s.world.dieAfter = dieAt, after
			s.run(t, executionID, request())
			s.world.gone, s.world.dieAt = false, 0
			got := s.run(t, "arn:x:cleaner", drillstep.Request{CleanUpAfter: executionID, Status: "ABORTED"})
			last := got.states[len(got.states)-1]
			if s.world.exists {
				t.Errorf("operation %d, after its effect %t: something is left, ended %s", dieAt, after, last)
			}
			if last == "AlreadyFinished" {
				continue
			}
			if last != "FailureClean" || !slices.Contains(got.states, "RecordEvidence") {
				t.Errorf("operation %d, after its effect %t: cleaned up by %v", dieAt, after, got.states)
			}
			if s.world.owner != "" {
				t.Errorf("operation %d, after its effect %t: the lock is still held", dieAt, after)
			}
			if run := s.world.evidence["cleaner"].Run; run.ExecutionID != executionID {
				t.Errorf("operation %d, after its effect %t: evidence of run %+v", dieAt, after, run)
			}
		}
	}
}

// The exact way of the outside event after a drill that was stopped while its
// restore ran, after one that saw to itself, and after a clean-up.
func TestCleanUpFromOutside(t *testing.T) {
	s := newSim(t)
	s.world.dieIn = "RestoreStatus"
	s.run(t, executionID, request())
	s.world.gone, s.world.dieIn = false, ""
	if !s.world.exists {
		t.Fatal("nothing was being restored")
	}
	steps := []struct{ execution, after, path string }{
		{"arn:x:first", executionID, strings.Join(states(path("ClaimSlot IsClaimed"), removed, record, path("FailureClean")), " ")},
		{"arn:x:second", "arn:x:first", "ClaimSlot IsClaimed AlreadyFinished"},
		{"arn:x:third", executionID, "ClaimSlot IsClaimed AlreadyFinished"},
	}
	for _, c := range steps {
		got := s.run(t, c.execution, drillstep.Request{CleanUpAfter: c.after, Status: "FAILED"})
		if diff := cmp.Diff(path(c.path), got.states); diff != "" {
			t.Errorf("%s after %s (-want +got):\n%s", c.execution, c.after, diff)
		}
	}
	s.world.running[executionID] = true
	got := s.run(t, "arn:x:fourth", drillstep.Request{CleanUpAfter: executionID})
	if diff := cmp.Diff(states(path("ClaimSlot"), nothing, record, path("FailureClean")), got.states); diff != "" {
		t.Errorf("while it is running (-want +got):\n%s", diff)
	}
}
