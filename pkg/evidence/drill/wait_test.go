package drillevidence_test

import (
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

// A drill that never got capacity shows what it was doing all that time.
func TestWaitThatNeverEndedIsOnTheTimeline(t *testing.T) {
	s := base()
	s.chosen(2520)
	s.add(0.07, "StartRestore", drill.Fact{Kind: drill.FactPhaseStarted, Note: drill.PhaseStart})
	s.add(0.5, "StartRestore", drill.Fact{Kind: drill.FactPhaseEnded, Note: drill.PhaseStart, Failure: &drill.Failure{Error: "NoCapacity"}})
	s.add(0.6, "StartRestore", drill.Fact{Kind: drill.FactPhaseStarted, Note: drill.PhaseWait})
	s.failure = &drill.Failure{State: "StartRestore", Error: "NoCapacity", Cause: "none is free"}
	s.removed()
	var page strings.Builder
	if err := drillevidence.Render(&page, s.document(), ""); err != nil {
		t.Fatal(err)
	}
	if text := page.String(); !strings.Contains(text, "Wait, failed") || strings.Contains(text, "Restore, failed") {
		t.Error("the timeline does not name the wait")
	}
}
