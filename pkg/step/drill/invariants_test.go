package drillstep_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// checkOutcome holds for every drill, however it went.
func checkOutcome(t require, s *sim, got result, ownerBefore string) {
	t.Helper()
	last := got.states[len(got.states)-1]
	endings := path("Passed ObjectivesMissed FailureClean FailureDirty AlreadyClaimed AlreadyFinished")
	if !slices.Contains(endings, last) {
		t.Fatalf("ended in %s", last)
	}
	succeeds := last == "Passed" || strings.HasPrefix(last, "Already")
	names := "; evidence: evidence/"
	if strings.Contains(got.cause, "EvidenceFailed") {
		names = "; evidence: none, it could not be written"
	}
	if !succeeds && !strings.Contains(got.cause, names) {
		t.Fatalf("%s: the cause does not end with %q: %s", last, names, got.cause)
	}
	if succeeds != (got.status == "SUCCEEDED") || !succeeds && (got.err != last || got.cause == "") {
		t.Fatalf("%s: status %s, error %q, cause %q", last, got.status, got.err, got.cause)
	}
	if strings.HasPrefix(last, "Already") {
		return
	}
	for _, state := range path("Removal Cleanup RecordEvidence PublishMetrics ReleaseSlot Ending") {
		if !slices.Contains(got.states, state) {
			t.Fatalf("%s was not passed on the way to %s: %v", state, last, got.states)
		}
	}
	evidence, recorded := s.world.evidence["nightly"]
	if recorded && string(evidence.Verdict.Ending) != last && !strings.Contains(got.cause, "EvidenceFailed") {
		t.Fatalf("the evidence says %s and the machine %s", evidence.Verdict.Ending, last)
	}
	kept := slices.ContainsFunc(s.world.facts["nightly"], func(f drill.Fact) bool { return f.Kind == drill.FactKept })
	if s.world.exists && !kept && last != "FailureDirty" {
		t.Fatalf("something was left behind after %s", last)
	}
	if ownerBefore != "" && s.world.owner != ownerBefore {
		t.Fatalf("the lock of %s was touched", ownerBefore)
	}
}

// require is what *testing.T and *rapid.T have in common.
type require interface {
	Helper()
	Fatalf(format string, args ...any)
}

// A restore of an hour costs at most 120 transitions where history expects it.
// Without history, or with one that is wrong, the lag stays that of looks every
// half minute, and that has its price: 1.1 cents at $0.025 per 1,000.
func TestTransitionsAreBounded(t *testing.T) {
	tests := map[string]struct {
		reason      string
		history     []float64
		transitions int
	}{
		"none":      {"looks every half minute", nil, 440},
		"one":       {"as expected", []float64{3600}, 120},
		"shorter":   {"within what one past restore lets expect", []float64{3000}, 120},
		"much less": {"history is wrong", []float64{600}, 440},
		"longer":    {"it ends before the first look", []float64{9000}, 120},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSim(t)
			s.world.restoreTakes, s.world.history = time.Hour, tc.history
			got := s.run(t, executionID, request())
			if len(got.states) > tc.transitions {
				t.Errorf("%s: %d transitions, at most %d", tc.reason, len(got.states), tc.transitions)
			}
			if len(got.events) > 10*tc.transitions {
				t.Errorf("%s: %d events", tc.reason, len(got.events))
			}
		})
	}
}

// Whatever fails, and from whenever on, a drill comes to one of its endings
// by way of clean-up, evidence and metrics, and never passes, except where
// what was asked for had happened all the same: the removal was observed.
func TestAnyFault(t *testing.T) {
	operations := path("Append Facts Drill Claim RecoveryPoints StartRestore RestoreStatus Open Run Remove Remaining Record")
	rapid.Check(t, func(rt *rapid.T) {
		f := &fault{
			operation: rapid.SampledFrom(operations).Draw(rt, "operation"),
			from:      rapid.IntRange(1, 8).Draw(rt, "from"),
			after:     rapid.Bool().Draw(rt, "after"),
			err: rapid.SampledFrom([]error{
				errors.New("unnamed"), &drill.Error{Name: drill.Transient, What: "lost"}, &drill.Error{Name: drill.RestoreFailed, What: "bad"},
			}).Draw(rt, "error"),
		}
		s := quietSim(f)
		s.world.restoreTakes = time.Duration(rapid.IntRange(0, 7200).Draw(rt, "restore")) * time.Second
		s.world.removalTakes = time.Duration(rapid.IntRange(0, 900).Draw(rt, "removal")) * time.Second
		got := s.run(rt, executionID, request())
		checkOutcome(rt, s, got, "")
		if got.states[len(got.states)-1] == "Passed" && f.early && f.operation != "Remove" {
			rt.Fatalf("passed although %s failed", f.operation)
		}
	})
}

// The same machine, input and seed give the same history.
func TestHistoryRepeats(t *testing.T) {
	var first []byte
	for range 2 {
		text, err := json.Marshal(newSim(t).run(t, executionID, request()).events)
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && string(first) != string(text) {
			t.Error("two runs differ")
		}
		first = text
	}
}

// The same machine on the wall clock, at the local pace: a drill of a few
// milliseconds.
func TestOnTheWallClock(t *testing.T) {
	c := clock.Real{}
	s := simOn(c, time.Sleep, newWorld(t, c))
	w := s.world
	w.restoreTakes, w.removalTakes, w.history = 20*time.Millisecond, 0, nil
	w.spec.Limits = drill.LocalLimits(w.spec.Objectives)
	w.points[0].TakenAt = c.Now().Add(-time.Minute)
	got := s.run(t, executionID, request())
	if last := got.states[len(got.states)-1]; last != "Passed" {
		t.Fatalf("ended in %s: %s", last, got.cause)
	}
	v := w.evidence["nightly"].Verdict
	if v.RTO.ActualSeconds == nil || *v.RTO.ActualSeconds < w.restoreTakes.Seconds() {
		t.Errorf("RTO is %+v, and the restore alone took %s", v.RTO, w.restoreTakes)
	}
}
