package machine

import (
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// The age of a backup is held against the RPO, and one of tomorrow is no fresh one.
func TestFresh(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	spec := drill.Spec{Workload: "w", Database: "d", Objectives: drill.Objectives{RPOSeconds: 3600}}
	for age, c := range map[time.Duration]struct {
		reason, says string
		state        doctor.State
	}{
		30 * time.Second:  {"it is there in full", "taken 30s before now", doctor.OK},
		0:                 {"taken this moment", "taken 0s before now", doctor.OK},
		90 * time.Minute:  {"older than the RPO", "taken 1h30m before now", doctor.Wrong},
		-time.Minute:      {"clocks differ a little", "within the RPO", doctor.OK},
		-30 * time.Minute: {"a drill would say ClockSkew", "taken 30m after now", doctor.Wrong},
	} {
		got := fresh(spec, drill.RecoveryPoint{ID: "x", TakenAt: now.Add(-age)}, now)
		if got.State != c.state || !strings.Contains(got.What, c.says) {
			t.Errorf("%s: %s, %s", c.reason, got.State, got.What)
		}
	}
}
