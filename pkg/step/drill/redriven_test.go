package drillstep_test

import (
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// An execution that is redriven after its clean-up makes a copy again.
func TestARunThatGoesOnAfterItsCleanUp(t *testing.T) {
	over := []drill.Fact{
		{Kind: drill.FactClaimed, Run: &drill.Run{}, Spec: &drill.Spec{}}, {Kind: drill.FactRestoreRequested},
		{Kind: drill.FactRemovalObserved}, {Kind: drill.FactEvidenceRecorded}, {Kind: drill.FactSlotReleased},
	}
	tests := map[string]struct {
		reason string
		since  []drill.Fact
		want   bool
	}{
		"over":            {"nothing came after it", nil, false},
		"asked again":     {"a copy may be there", []drill.Fact{{Kind: drill.FactPhaseStarted, Note: drill.PhaseStart}}, true},
		"made again":      {"it is", []drill.Fact{{Kind: drill.FactRestoreRequested}}, true},
		"removed again":   {"its evidence is that of before", []drill.Fact{{Kind: drill.FactRestoreRequested}, {Kind: drill.FactRemovalObserved}}, true},
		"over again":      {"all of it", append([]drill.Fact{{Kind: drill.FactRestoreRequested}}, over[2:]...), false},
		"another phase":   {"asks for nothing", []drill.Fact{{Kind: drill.FactPhaseStarted, Note: drill.PhaseWait}}, false},
		"looked at again": {"it is still gone", []drill.Fact{{Kind: drill.FactRemovalObserved}}, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := drillstep.LeavesWork(append(over[:len(over):len(over)], tc.since...)); got != tc.want {
				t.Errorf("%s: leaves work: %t", tc.reason, got)
			}
		})
	}
}

// Whoever mistypes a name would take it that everything is cleaned up.
func TestCleaningUpAfterWhatIsNotThere(t *testing.T) {
	w := newWorld(t, &hand{midnight})
	handle := func(id string) (drillstep.ClaimSlotOut, error) {
		return w.steps().ClaimSlot.Handle(t.Context(), drillstep.ClaimSlotIn{Request: drillstep.Request{CleanUpAfter: id}})
	}
	if out, err := handle(mistyped); drill.NameOf(err) != drill.InvalidInput {
		t.Errorf("mistyped: %+v, %v", out, err)
	}
	if out, err := handle(executionID); err != nil || out.Outcome != drillstep.Finished {
		t.Errorf("one that never began: %+v, %v", out, err)
	}
	w.facts["daily"] = []drill.Fact{{Kind: drill.FactClaimed, Run: &drill.Run{}, Spec: &drill.Spec{}}}
	if out, err := handle(mistyped); err != nil || out.Outcome != drillstep.CleanUp {
		t.Errorf("forgotten, and its record is there: %+v, %v", out, err)
	}
}
