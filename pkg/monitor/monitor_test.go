package monitor_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/monitor"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func spec(database string) drill.Spec {
	return drill.Spec{
		Deployment: "prod", Workload: "orders", Database: database, Objectives: drill.Objectives{RPOSeconds: 3600},
		Place: drill.Place{PrimaryRegion: "eu-west-1", RecoveryRegion: "eu-central-1"},
	}
}

// known is a database whose regions were asked.
func known(primary, copied time.Duration) drill.Newest {
	n := drill.Newest{PrimaryKnown: true, CopyKnown: true}
	if primary >= 0 {
		n.Primary = noon.Add(-primary)
	}
	if copied >= 0 {
		n.Copy = noon.Add(-copied)
	}
	return n
}

const none = -1

func TestFigures(t *testing.T) {
	tests := map[string]struct {
		reason string
		newest map[string]drill.Newest
		proofs map[string]monitor.Proof
		want   map[string]float64 // of a, and of the workload
	}{
		"fresh": {
			"the copy counts: the primary region may be lost", map[string]drill.Newest{"orders/a": known(time.Minute, 10*time.Minute)}, nil,
			map[string]float64{"BackupAge": 60, "CopyAge": 600, "RPOHeadroom": 3000, "NoRecoveryPoint": 0, "workload": 3000},
		},
		"old": {
			"below zero the objective is missed", map[string]drill.Newest{"orders/a": known(time.Minute, 2*time.Hour)}, nil,
			map[string]float64{"BackupAge": 60, "CopyAge": 7200, "RPOHeadroom": -3600, "NoRecoveryPoint": 0, "workload": -3600},
		},
		"no copy": {
			"none is a breach, not a gap", map[string]drill.Newest{"orders/a": known(time.Minute, none)}, nil,
			map[string]float64{"BackupAge": 60, "RPOHeadroom": -90000, "NoRecoveryPoint": 1, "workload": -90000},
		},
		"vanished": {
			"the same", map[string]drill.Newest{"orders/a": known(none, none)}, nil,
			map[string]float64{"RPOHeadroom": -90000, "NoRecoveryPoint": 1, "workload": -90000},
		},
		"a region is deaf": {
			"nothing is said of what nobody knows", map[string]drill.Newest{"orders/a": {PrimaryKnown: true, Primary: noon}}, nil,
			map[string]float64{"BackupAge": 0, "RegionUnknown": 1},
		},
		"the primary region is denied": {
			"the copy is judged all the same, and that somebody was not asked is counted", map[string]drill.Newest{"orders/a": {
				CopyKnown: true, Copy: noon.Add(-time.Minute), Findings: []drill.Finding{{Severity: drill.Warning, Code: "RegionUnknown"}},
			}}, nil,
			map[string]float64{"CopyAge": 60, "RPOHeadroom": 3540, "NoRecoveryPoint": 0, "RegionUnknown": 1, "workload": 3540},
		},
		"of a finder that failed": {
			"it is as unknown as one whose region is deaf", nil, nil,
			map[string]float64{"RegionUnknown": 1},
		},
		"passed": {
			"how long the proof is ago", map[string]drill.Newest{"orders/a": known(0, 0)}, map[string]monitor.Proof{"orders/a": {
				Since: noon.Add(-96 * time.Hour), Pass: noon.Add(-48 * time.Hour), Verdict: noon.Add(-24 * time.Hour), Every: 72 * time.Hour,
			}},
			map[string]float64{
				"BackupAge": 0, "CopyAge": 0, "RPOHeadroom": 3600, "NoRecoveryPoint": 0, "workload": 3600,
				"SinceLastPass": 172800, "SinceLastVerdict": 86400, "DrillHeadroom": 172800, "workload DrillHeadroom": 172800,
			},
		},
		"never drilled": {
			"it counts from when it was first watched, so that it is never silent", map[string]drill.Newest{"orders/a": known(0, 0)}, map[string]monitor.Proof{"orders/a": {
				Since: noon.Add(-96 * time.Hour), Every: 72 * time.Hour,
			}},
			map[string]float64{
				"BackupAge": 0, "CopyAge": 0, "RPOHeadroom": 3600, "NoRecoveryPoint": 0, "workload": 3600,
				"SinceLastPass": 345600, "SinceLastVerdict": 345600, "DrillHeadroom": -86400, "workload DrillHeadroom": -86400,
			},
		},
		"back in the plan": {
			"its drills count from then, and how old the proof is stays what it is", map[string]drill.Newest{"orders/a": known(0, 0)}, map[string]monitor.Proof{"orders/a": {
				Since: noon.Add(-time.Hour), Pass: noon.Add(-960 * time.Hour), Verdict: noon.Add(-960 * time.Hour), Every: 72 * time.Hour,
			}},
			map[string]float64{
				"BackupAge": 0, "CopyAge": 0, "RPOHeadroom": 3600, "NoRecoveryPoint": 0, "workload": 3600,
				"SinceLastPass": 3456000, "SinceLastVerdict": 3456000, "DrillHeadroom": 255600, "workload DrillHeadroom": 255600,
			},
		},
		"warned of": {
			"that a region could not be asked is another figure", map[string]drill.Newest{"orders/a": {
				PrimaryKnown: true, Primary: noon, CopyKnown: true, Copy: noon,
				Findings: []drill.Finding{{Severity: drill.Warning, Code: "RegionUnknown"}, {Severity: drill.Warning, Code: "SourceReplaced"}},
			}}, nil,
			map[string]float64{"BackupAge": 0, "CopyAge": 0, "RPOHeadroom": 3600, "NoRecoveryPoint": 0, "workload": 3600, "BackupWarnings": 1, "warnings": 1},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := map[string]float64{}
			for _, m := range monitor.Figures(noon, []drill.Spec{spec("a")}, tc.newest, tc.proofs) {
				switch {
				case m.Dimensions["Database"] != "":
				case m.Name == monitor.RPOHeadroom:
					m.Name = "workload"
				case m.Dimensions["Workload"] != "":
					m.Name = "workload " + m.Name
				case m.Name == monitor.BackupWarnings:
					m.Name = "warnings"
				}
				got[m.Name] = m.Value
			}
			if _, unknown := tc.want["RegionUnknown"]; !unknown {
				tc.want["RegionUnknown"] = 0 // an alarm on it must not starve
			}
			tc.want["warnings"] += 0
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// The worst database is its workload's, and one that nobody knows of is not
// hidden by the others.
func TestWorkloadHasItsWorstDatabase(t *testing.T) {
	specs := []drill.Spec{spec("a"), spec("b"), spec("c")}
	newest := map[string]drill.Newest{"orders/a": known(0, time.Minute), "orders/b": known(0, 3*time.Hour), "orders/c": known(0, 0)}
	worst := func() (found []float64) {
		for _, m := range monitor.Figures(noon, specs, newest, nil) {
			if m.Name == monitor.RPOHeadroom && m.Dimensions["Database"] == "" {
				found = append(found, m.Value)
			}
		}
		return found
	}
	if got := worst(); !slices.Equal(got, []float64{-7200}) {
		t.Errorf("worst %v", got)
	}
	newest["orders/c"] = drill.Newest{PrimaryKnown: true}
	if got := worst(); got != nil {
		t.Errorf("with one unknown: %v", got)
	}
}
