package drillstep_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// What the copy was made from is what the verdict judges, whatever was asked for
// before, and whichever answer was lost.
func TestThePointInUseIsTheOneThatIsJudged(t *testing.T) {
	lost := &drill.Error{Name: drill.Transient, What: "lost"}
	tests := map[string]struct {
		reason  string
		prepare func(*world)
		faults  []*fault
		used    string
		asked   string
		passed  int // over
	}{
		"chosen":        {"nothing is in the way", func(w *world) { w.busySources = nil }, nil, "backup-1", "backup-1", 0},
		"next":          {"the source is busy", func(*world) {}, nil, "snapshot", "backup-1 snapshot", 1},
		"the one after": {"the first other one is busy as well", func(w *world) { w.busySources["snapshot"] = true }, nil, "older", "backup-1 snapshot older", 2},
		"lost answer": {
			"the second attempt goes on with the point of the first", func(*world) {},
			[]*fault{{operation: "StartRestore", from: 2, times: 1, err: lost, after: true}}, "snapshot", "backup-1 snapshot snapshot", 1,
		},
		"lost effect": {
			"nobody knows that it had none", func(*world) {},
			[]*fault{{operation: "StartRestore", from: 2, times: 1, err: lost}}, "snapshot", "backup-1 snapshot snapshot", 1,
		},
		"lost answer of the first": {
			"the copy may be made from it: the snapshot is not asked for", func(w *world) { w.busySources = nil },
			[]*fault{{operation: "StartRestore", from: 1, times: 1, err: lost, after: true}}, "backup-1", "backup-1 backup-1", 0,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSim(t, tc.faults...)
			s.world.busy("backup-1")
			s.world.add("older", 55*time.Minute)
			s.world.add("snapshot", 50*time.Minute)
			tc.prepare(s.world)
			got := s.run(t, executionID, request())
			if last := got.states[len(got.states)-1]; last != "Passed" {
				t.Fatalf("%s: ended in %s: %s", tc.reason, last, got.cause)
			}
			v := s.world.evidence["nightly"].Verdict
			if v.RecoveryPoint == nil || v.RecoveryPoint.ID != tc.used || v.Candidates.PassedOver != tc.passed {
				t.Errorf("%s: judged %+v of %+v", tc.reason, v.RecoveryPoint, v.Candidates)
			}
			if age := *v.RPO.ActualSeconds; age != midnight.Sub(v.RecoveryPoint.TakenAt).Seconds() {
				t.Errorf("%s: RPO %v of %s", tc.reason, age, v.RecoveryPoint.ID)
			}
			if diff := cmp.Diff(tc.asked, strings.Join(s.world.asked, " ")); diff != "" {
				t.Errorf("%s: asked for (-want +got):\n%s", tc.reason, diff)
			}
			named := slices.DeleteFunc(slices.Clone(v.Findings), func(f drill.Finding) bool { return f.Code != "BackupPassedOver" })
			if len(named) != tc.passed {
				t.Errorf("%s: %+v", tc.reason, named)
			}
		})
	}
}

// The wait is a phase of its own, without a gap to those beside it, and as unsure
// as the asks are apart.
func TestTheWaitIsAPhaseOfTheRecoveryTime(t *testing.T) {
	s := newSim(t, &fault{operation: "StartRestore", from: 1, times: 3, err: &drill.Error{Name: drill.NoCapacity, What: "none is free", Hint: "another class"}})
	s.world.spec.Limits.StartSeconds = 1800
	s.run(t, executionID, request())
	v := s.world.evidence["nightly"].Verdict
	var names []string
	sum, end := 0.0, midnight
	for _, p := range v.Phases {
		if !p.InRTO {
			continue
		}
		names = append(names, p.Phase)
		if !p.StartedAt.Equal(end) {
			t.Errorf("%s begins at %s, the one before ended at %s", p.Phase, p.StartedAt, end)
		}
		end = p.StartedAt.Add(drill.Seconds(p.Seconds))
		sum += p.Seconds
	}
	if diff := cmp.Diff(path("select start wait restore connect validate"), names); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
	wait := v.Phases[2]
	if wait.Seconds != 180 || wait.UncertaintySeconds != 60 || sum != *v.RTO.ActualSeconds {
		t.Errorf("waited %+v, phases sum to %v s, RTO %v", wait, sum, *v.RTO.ActualSeconds)
	}
	f := v.Findings[0]
	if f.Code != drill.WaitedToStart || f.Figure != 180.0 || f.Hint != "another class" || !strings.Contains(f.What, "refused 3 times") {
		t.Errorf("%+v", f)
	}
}

// Whatever the answers to the restore call are, and in whatever order: a drill
// that does not pass looks for as long as late copies take where an answer was
// lost, and not at all where every call was refused. Nothing is left behind.
func TestCleanUpIsAsLongAsWhatMayHaveBeenMade(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const late = 20 * time.Minute
		s := quietSim()
		w := s.world
		w.spec.Limits.StartSeconds, w.spec.Limits.LateCreationSeconds = 600, late.Seconds()
		answers := rapid.SliceOfN(rapid.SampledFrom([]drill.ErrorName{
			drill.NoCapacity, drill.SourceBusy, drill.Transient, drill.Throttled,
		}), 1, 12).Draw(rt, "answers")
		last := rapid.SampledFrom([]drill.ErrorName{drill.NoCapacity, drill.SourceBusy, drill.RestoreRefused, drill.QuotaReached}).Draw(rt, "last")
		effect := rapid.Bool().Draw(rt, "effect") // of a call whose answer is lost
		for i, name := range answers {
			w.faults = append(w.faults, &fault{operation: "StartRestore", from: i + 1, times: 1, err: &drill.Error{Name: name, What: "no"}, after: effect && name == drill.Transient})
		}
		w.faults = append(w.faults, &fault{operation: "StartRestore", from: len(answers) + 1, err: &drill.Error{Name: last, What: "no"}})
		got := s.run(rt, executionID, request())
		checkOutcome(rt, s, got, "")
		if ending := got.states[len(got.states)-1]; ending != "FailureClean" {
			rt.Fatalf("ended in %s", ending)
		}
		asked := min(w.calls["StartRestore"], len(answers))
		open := slices.Contains(answers[:asked], drill.Transient)
		var began, ended time.Time
		for _, e := range got.events {
			if e.IsEntered() && e.StateName() == "Removal" {
				began = e.Timestamp
			}
			if e.IsEntered() && e.StateName() == "RemovalEnded" {
				ended = e.Timestamp
			}
		}
		if took := ended.Sub(began); open != (took >= late) || !open && took > 0 {
			rt.Fatalf("an answer was lost: %t; clean-up took %s", open, took)
		}
	})
}

// A run whose record cannot tell what was refused is looked after for longer, never
// shorter.
func TestARefusalThatCouldNotBeWrittenDownLeavesTheCallOpen(t *testing.T) {
	for _, name := range []drill.ErrorName{drill.NoCapacity, drill.RestoreRefused} {
		// The claim, the candidates, the choice, the intent; then the refusal.
		s := newSim(t, broken("StartRestore", name), &fault{operation: "Append", from: 5, times: 3, err: errors.New("the table is gone")})
		s.world.spec.Limits.LateCreationSeconds = 100
		got := s.run(t, executionID, request())
		if n := len(slices.DeleteFunc(got.states, func(s string) bool { return s != "WaitForRemoval" })); n != 2 {
			t.Errorf("%s: looked again %d times, want 2", name, n)
		}
	}
}

// Throttling made nothing: it is asked again within seconds, and then for as long
// as for capacity; the drill that it ends at last says what to do.
func TestThrottlingIsWaitedFor(t *testing.T) {
	throttled := &drill.Error{Name: drill.Throttled, What: "too many calls"}
	for _, times := range []int{1, 8, 17} {
		s := newSim(t, &fault{operation: "StartRestore", from: 1, times: times, err: throttled})
		s.world.spec.Limits.StartSeconds = 1800
		if got := s.run(t, executionID, request()); got.states[len(got.states)-1] != "Passed" {
			t.Errorf("%d times: ended in %s: %s", times, got.states[len(got.states)-1], got.cause)
		}
	}
	s := newSim(t, &fault{operation: "StartRestore", from: 1, err: throttled})
	s.world.spec.Limits.StartSeconds = 1800
	s.run(t, executionID, request())
	f := s.world.evidence["nightly"].Verdict.Findings[0]
	if f.Code != string(drill.Throttled) || f.Hint == "" || !strings.Contains(f.What, "refused") {
		t.Errorf("%+v", f)
	}
}

// What failed before the call was made, or was refused and could at first not be
// written down, leaves nothing open: the next that meets the RPO is taken, and
// clean-up waits for nothing.
func TestWhatWasNotCalledLeavesNothingOpen(t *testing.T) {
	before := drill.BeforeCall(&drill.Error{Name: drill.Transient, What: "reading the quotas"})
	tests := map[string]struct {
		reason string
		fault  fault
	}{
		"before the call": {"nothing was asked for", fault{operation: "StartRestore", from: 1, times: 1, err: before}},
		"unwritten":       {"the entry is written at the second try", fault{operation: "Append", from: 5, times: 2, err: errors.New("the table is gone")}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSim(t, &tc.fault)
			s.world.busy("backup-1")
			s.world.add("snapshot", 50*time.Minute)
			got := s.run(t, executionID, request())
			if last := got.states[len(got.states)-1]; last != "Passed" || s.world.evidence["nightly"].Verdict.RecoveryPoint.ID != "snapshot" {
				t.Errorf("%s: ended in %s: %s", tc.reason, last, got.cause)
			}
		})
	}
	s := newSim(t, &fault{operation: "StartRestore", from: 1, err: before})
	s.world.spec.Limits.LateCreationSeconds = 100
	if got := s.run(t, executionID, request()); slices.Contains(got.states, "WaitForRemoval") {
		t.Error("clean-up waited for what was never asked for")
	}
	if f := s.world.evidence["nightly"].Verdict.Findings[0]; f.Code != string(drill.Transient) || f.Hint == "" {
		t.Errorf("%+v", f)
	}
}
