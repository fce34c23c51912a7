package rds

import (
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Where nobody can be asked, the backups say who lives under the name.
func TestWhoLivesUnderTheName(t *testing.T) {
	of := func(resource string, origin drill.Origin, age time.Duration) candidate {
		return candidate{resource: resource, RecoveryPoint: drill.RecoveryPoint{Origin: origin, TakenAt: now.Add(-age)}}
	}
	made := func(c candidate, ago time.Duration) candidate {
		c.made = now.Add(-ago)
		return c
	}
	retained := func(c candidate) candidate {
		c.retained = true
		return c
	}
	tests := map[string]struct {
		reason string
		found  []candidate
		want   string
	}{
		"nothing":           {"nobody says", nil, ""},
		"no ids":            {"copies need not carry one", []candidate{of("", drill.OriginManual, time.Hour)}, ""},
		"one":               {"whatever it is", []candidate{of("", drill.OriginManual, 0), of("a", drill.OriginAutomated, time.Hour)}, "a"},
		"snapshots":         {"the newest data", []candidate{of("old", drill.OriginAWSBackup, 30*time.Hour), of("new", drill.OriginAWSBackup, time.Hour)}, "new"},
		"one goes on":       {"though the other's is newer", []candidate{retained(of("old", drill.OriginReplicated, time.Minute)), of("new", drill.OriginReplicated, time.Hour)}, "new"},
		"a log goes on":     {"though a snapshot is newer", []candidate{of("old", drill.OriginManual, time.Minute), of("new", drill.OriginReplicated, time.Hour)}, "new"},
		"both retained":     {"the old one ended when the new one was made", []candidate{retained(of("new", drill.OriginRetained, time.Hour)), retained(of("old", drill.OriginRetained, 9*time.Hour))}, "new"},
		"both go on":        {"an instance was renamed and its place taken", []candidate{made(of("new", drill.OriginReplicated, time.Hour), time.Hour), made(of("old", drill.OriginReplicated, time.Minute), 99*time.Hour)}, "new"},
		"retained, snapped": {"the snapshot is newer than what was kept", []candidate{retained(of("old", drill.OriginReplicated, 5*time.Hour)), of("new", drill.OriginManual, time.Hour)}, "new"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			backwards := make([]candidate, 0, len(tc.found))
			for i := range tc.found {
				backwards = append(backwards, tc.found[len(tc.found)-1-i])
			}
			if got, other := livingIn(tc.found), livingIn(backwards); got != tc.want || other != tc.want {
				t.Errorf("%s: %q, backwards %q, want %q", tc.reason, got, other, tc.want)
			}
		})
	}
}
