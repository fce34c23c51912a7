package drillstep_test

import (
	"slices"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// What stood beside the chosen backup reaches the record, the verdict and the
// metrics, also where nothing could be chosen.
func TestWhatWasPassedOverIsRecorded(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		usable bool
		ending drill.Ending
	}{
		"an older one is chosen": {"the drill goes on", true, drill.Passed},
		"nothing is chosen":      {"the figures are published all the same", false, drill.FailureClean},
	} {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t)
			w := sim.world
			chosen := w.points[0]
			chosen.Usable = tc.usable
			w.points = []drill.RecoveryPoint{
				chosen,
				{ID: "broken", TakenAt: chosen.TakenAt.Add(time.Minute), Reason: "cut short"},
				{ID: "growing", TakenAt: chosen.TakenAt.Add(2 * time.Minute), Reason: "it is being written to", Standing: drill.InProgress},
			}
			sim.run(t, executionID, request())
			in := w.evidence["nightly"]
			if in.Verdict.Ending != tc.ending || in.Verdict.Candidates == nil || in.Verdict.Candidates.Seen != 3 || in.Verdict.Candidates.InProgress != 1 {
				t.Errorf("%s: ended %s, %+v", tc.reason, in.Verdict.Ending, in.Verdict.Candidates)
			}
			passedOver := 1.0
			if !tc.usable {
				passedOver = 2
			}
			counted := slices.ContainsFunc(w.published[0], func(m drill.Metric) bool { return m.Name == "BackupsPassedOver" && m.Value == passedOver })
			if !counted {
				t.Errorf("%s: published %+v", tc.reason, w.published[0])
			}
		})
	}
}
