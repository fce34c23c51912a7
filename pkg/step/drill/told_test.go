package drillstep_test

import (
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// What an event told is in the record, and three such restores make looks the
// fallback.
func TestWhatAnEventToldIsLearned(t *testing.T) {
	tests := map[string]struct {
		reason string
		events []time.Duration // after the request
		told   bool            // in the past
		want   bool            // now
	}{
		"no event":           {"a look was due", nil, false, false},
		"event at the start": {"it announced the restore", []time.Duration{70 * time.Second}, false, false},
		"event at the end":   {"it caused the look", []time.Duration{241 * time.Second}, false, true},
		"as in the past":     {"the same with fewer looks", []time.Duration{241 * time.Second}, true, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSim(t)
			s.world.awaitEvents(append([]time.Duration{time.Second}, tc.events...)...)
			s.world.history, s.world.told = []float64{240, 240, 240}, tc.told
			s.run(t, executionID, request())
			for _, list := range s.world.facts {
				for _, f := range list {
					if f.Kind == drill.FactClaimed && f.Spec.Limits.EventsTell != tc.told {
						t.Errorf("%s: EventsTell %t after a past that says %t", tc.reason, f.Spec.Limits.EventsTell, tc.told)
					}
					if f.Status != nil && f.Status.Available && f.Status.ToldByEvent != tc.want {
						t.Errorf("%s: ToldByEvent %t", tc.reason, f.Status.ToldByEvent)
					}
				}
			}
		})
	}
}
