package sim_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// rehearseFile rehearses an example of its folder.
func rehearseFile(t *testing.T, folder, name string) *sim.Rehearsal {
	t.Helper()
	scenario, err := sim.LoadScenario(filepath.Join(folder, "scenarios", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return rehearse(t, sim.Options{Plan: planIn(t, folder), Scenario: scenario, Seed: 1})
}

// firstVisits are the states in the order in which they were first entered.
func firstVisits(states []drillevidence.State) []string {
	var names []string
	for _, s := range states {
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// Clean-up takes as long as something may have been made: no time where AWS
// refused every call, a quarter of an hour where the answer of one was lost.
func TestCleanUpAfterRefusalsEndsAtOnce(t *testing.T) {
	const (
		waited = "ClaimSlot IsClaimed Drill SelectBackup StartRestore IsAvailable WaitToStart GiveUp Removal Cleanup ConfirmRemoval IsRemoved "
		ended  = "RemovalEnded RecordEvidence PublishMetrics ReleaseSlot Ending FailureClean"
	)
	tests := map[string]struct {
		reason, folder, states string
		removal                [2]float64 // between these seconds
		resources              int
	}{
		"no-capacity":                    {"every call was refused", examples, waited + ended, [2]float64{0, 5}, 0},
		"source-busy-for-good":           {"every call was refused", oneRegion, waited + ended, [2]float64{0, 5}, 0},
		"no-capacity-and-an-answer-lost": {"the lost one may appear late", examples, waited + "WaitForRemoval " + ended, [2]float64{900, 1100}, 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			r := rehearseFile(t, tc.folder, name)
			if diff := cmp.Diff(strings.Fields(tc.states), firstVisits(r.States)); diff != "" {
				t.Errorf("%s: states (-want +got):\n%s", tc.reason, diff)
			}
			i := slices.IndexFunc(r.Evidence.Timeline.Phases, func(p drillevidence.Phase) bool { return p.Phase == "remove" })
			if took := r.Evidence.Timeline.Phases[i].Seconds; took < tc.removal[0] || took > tc.removal[1] {
				t.Errorf("%s: clean-up took %.0f s", tc.reason, took)
			}
			if len(r.Evidence.Resources) != tc.resources {
				t.Errorf("%s: the evidence names %+v", tc.reason, r.Evidence.Resources)
			}
			// As long as the RTO, and then it is over.
			if r.Seconds < 3600 || r.Seconds > 3700+tc.removal[1] {
				t.Errorf("%s: it took %.0f s in all", tc.reason, r.Seconds)
			}
			if f := r.Evidence.Findings[0]; f.Hint == "" || !strings.Contains(f.What, "refused") {
				t.Errorf("%s: %+v", tc.reason, f)
			}
		})
	}
}

// The wait is in the recovery time, as a phase with its uncertainty.
func TestWaitForCapacityIsRecoveryTime(t *testing.T) {
	r := rehearseFile(t, examples, "no-capacity-for-minutes")
	good := rehearseFile(t, examples, "good-day")
	i := slices.IndexFunc(r.Evidence.Timeline.Phases, func(p drillevidence.Phase) bool { return p.Phase == "wait" })
	if i < 0 {
		t.Fatalf("no such phase in %+v", r.Evidence.Timeline.Phases)
	}
	wait := r.Evidence.Timeline.Phases[i]
	if wait.Seconds-wait.UncertaintySeconds > 900 || wait.Seconds < 895 || !wait.InRTO {
		t.Errorf("capacity came after 900 s, the wait is %+v", wait)
	}
	more := *r.Evidence.Objectives.RTO.ActualSeconds - *good.Evidence.Objectives.RTO.ActualSeconds
	if more < wait.Seconds-5 || more > wait.Seconds+35 {
		t.Errorf("the RTO is longer by %.0f s, the wait took %.0f s", more, wait.Seconds)
	}
}

// A snapshot that meets the RPO is used at once, and the evidence says from what
// the copy was made and what was passed over.
func TestBusySourceIsPassedOverForAFreshSnapshot(t *testing.T) {
	r := rehearseFile(t, oneRegion, "source-busy")
	point := r.Evidence.RecoveryPoint
	age := *r.Evidence.Objectives.RPO.ActualSeconds
	if point == nil || !strings.Contains(point.ID, ":snapshot:") || age < 3*3600 || age > 3*3600+1 {
		t.Errorf("restored from %+v, %.1f s old", point, age)
	}
	if got := r.Evidence.Candidates.PassedOver; got != 1 {
		t.Errorf("%d passed over", got)
	}
	if slices.Contains(firstVisits(r.States), "WaitToStart") {
		t.Error("it was waited for nothing")
	}
	if f := r.Evidence.Findings[0]; !strings.Contains(f.What, "orders-prod@") || !strings.Contains(f.What, "backing-up") {
		t.Errorf("%+v", f)
	}
}
