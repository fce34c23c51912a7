package drillstep_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// watched is a restore in one state for ever.
type watched drill.RestoreStatus

func (w watched) RestoreStatus(context.Context, drill.Run, drill.Spec, drill.Resource) (drill.RestoreStatus, error) {
	return drill.RestoreStatus(w), nil
}

// Where a state that needs a person outlasts the limit, that is the first advice,
// and a longer limit the last.
func TestAStateThatOutlastsTheLimitIsTheAdvice(t *testing.T) {
	stopped := drill.Finding{Severity: drill.Warning, Code: "CopyRestarted", What: "somebody had stopped it", Hint: "CloudTrail says who"}
	for reason, findings := range map[string][]drill.Finding{
		"it is only slow": nil, "a note is no advice": {{Severity: drill.Info, Code: "StorageInitializing", Hint: "reads are slow"}}, "somebody stopped it": {stopped},
	} {
		w := newWorld(t, &hand{midnight})
		s := w.steps().CheckAvailability
		s.Watcher = only[drillstep.Watcher](watched{Status: "starting", Findings: findings})
		spec := w.spec
		spec.Limits.RestoreSeconds = 60
		_, err := s.Handle(t.Context(), drillstep.CheckAvailabilityIn{Spec: spec, Poll: drillstep.Poll{StartedAt: midnight.Add(-time.Hour)}})
		hint, wanted := drill.HintOf(err), strings.Contains(reason, "stopped")
		if drill.NameOf(err) != drill.RestoreTimedOut || strings.HasPrefix(hint, "somebody had stopped it: CloudTrail says who") != wanted || !strings.Contains(hint, "raise the limit") || strings.Contains(hint, "reads are slow") {
			t.Errorf("%s: %v, %s", reason, err, hint)
		}
	}
}
