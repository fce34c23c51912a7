package sim

import (
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// A model that passed what no engine knows would rehearse a drill that cannot be.
func TestTheModelPassesNoKindThatItDoesNotKnow(t *testing.T) {
	now := clock.Real{}.Now()
	s := modelledSession{answers: map[string]Answer{"c": {Outcome: drill.CheckPassed}}, now: func() time.Time { return now }, sleep: func(time.Duration) {}, started: now}
	for _, kind := range []drill.CheckKind{"", "row-count", drill.CheckCustom} {
		r, err := s.Run(t.Context(), drill.Check{Name: "c", Kind: kind, Stage: drill.Gate})
		if err != nil || r.Outcome != drill.CheckError || r.Passed || r.Reason == "" {
			t.Errorf("kind %q: %+v, %v", kind, r, err)
		}
	}
}
