package drill

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Entries of the record about asking.
func askedFor(seconds float64, point string) Fact {
	return Fact{At: at(seconds), Kind: FactPhaseStarted, Note: PhaseStart, RecoveryPoint: &RecoveryPoint{ID: point}}
}

func refusedWith(seconds float64, name ErrorName) Fact {
	return Fact{At: at(seconds), Kind: FactPhaseEnded, Note: PhaseStart, Failure: &Failure{Error: string(name), Cause: "told so", Hint: "mend it"}}
}

func TestAskedOf(t *testing.T) {
	waiting := Fact{At: at(3), Kind: FactPhaseStarted, Note: PhaseWait}
	made := Fact{At: at(9), Kind: FactRestoreRequested}
	tests := map[string]struct {
		reason  string
		facts   []Fact
		open    bool
		point   string
		refused int
	}{
		"nothing":             {"it was not asked for", nil, false, "", 0},
		"refused":             {"that made nothing", []Fact{askedFor(1, "a"), refusedWith(2, NoCapacity)}, false, "", 1},
		"refused for good":    {"which no wait mends", []Fact{askedFor(1, "a"), refusedWith(2, RestoreRefused)}, false, "", 0},
		"of an older version": {"it wrote no reason", []Fact{{Kind: FactPhaseStarted, Note: PhaseStart}, {Kind: FactPhaseEnded, Note: PhaseStart}}, false, "", 0},
		"unanswered":          {"nobody knows", []Fact{askedFor(1, "a")}, true, "a", 0},
		"unanswered, refused": {"the second call says nothing of the first", []Fact{askedFor(1, "a"), askedFor(2, "b"), refusedWith(3, SourceBusy)}, true, "a", 1},
		"refused, unanswered": {"the last one is open", []Fact{askedFor(1, "a"), refusedWith(2, SourceBusy), askedFor(3, "b")}, true, "b", 1},
		"told twice":          {"it is one refusal", []Fact{askedFor(1, "a"), refusedWith(2, NoCapacity), refusedWith(2, NoCapacity)}, false, "", 1},
		"asked twice":         {"the record cannot tell whether it was one call", []Fact{askedFor(1, "a"), askedFor(1, "a"), refusedWith(2, NoCapacity)}, true, "a", 1},
		"answered":            {"its name is known", []Fact{askedFor(1, "a"), askedFor(2, "a"), made}, false, "", 0},
		"other phases":        {"are not asking", []Fact{{Kind: FactPhaseStarted, Note: PhaseLogin}, {Kind: FactPhaseEnded, Note: PhaseConnect}, waiting}, false, "", 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := AskedOf(tc.facts)
			point := ""
			if got.Point != nil {
				point = got.Point.ID
			}
			if got.Open != tc.open || point != tc.point || got.Refused != tc.refused {
				t.Errorf("%s: %+v, of %q", tc.reason, got, point)
			}
		})
	}
	if got := AskedOf([]Fact{waiting, {At: at(5), Kind: FactPhaseStarted, Note: PhaseWait}}).WaitingSince; !got.Equal(at(3)) {
		t.Errorf("waiting since %s", got)
	}
}

// Nothing that is added to the record or told again closes a call that was not
// answered, but the copy itself.
func TestAnOpenCallStaysOpen(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		entry := rapid.SampledFrom([]Fact{askedFor(1, "a"), refusedWith(2, NoCapacity), refusedWith(3, RestoreRefused), {Kind: FactPhaseStarted, Note: PhaseWait}})
		before := rapid.SliceOfN(entry, 0, 6).Draw(rt, "before")
		after := rapid.SliceOfN(entry, 0, 6).Draw(rt, "after")
		// Two intents in a row: the first was never answered.
		facts := slices.Concat(before, []Fact{askedFor(4, "lost"), askedFor(5, "next")}, after)
		if !AskedOf(facts).Open {
			rt.Fatalf("closed by %+v", after)
		}
		if AskedOf(append(facts, Fact{Kind: FactRestoreRequested})).Open {
			rt.Fatal("open although the copy is known")
		}
	})
}

func waited() Case {
	c := good()
	wait := []Fact{askedFor(1.1, "b1"), refusedWith(1.2, NoCapacity), {At: at(1.3), Kind: FactPhaseStarted, Note: PhaseWait}, askedFor(60, "b1"), refusedWith(61, NoCapacity), askedFor(120, "b1")}
	facts := slices.Clone(c.Facts[:1])
	facts = append(facts, wait...)
	for _, f := range c.Facts[1:] {
		f.At = f.At.Add(119 * time.Second)
		if f.Status != nil {
			status := *f.Status
			status.ObservedAt, status.UnavailableAt = status.ObservedAt.Add(119*time.Second), status.UnavailableAt.Add(119*time.Second)
			f.Status = &status
		}
		facts = append(facts, f)
	}
	c.Facts = facts
	return c
}

func TestWaitIsJudgedAsRecoveryTime(t *testing.T) {
	v := Judge(waited())
	var names []string
	for _, p := range v.Phases {
		names = append(names, p.Phase)
	}
	if diff := cmp.Diff(strings.Fields("select start wait restore connect validate proof remove"), names); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
	if *v.RTO.ActualSeconds != 15+119 || v.RTO.UncertaintySeconds != 0.5+60 || !strings.Contains(v.RTO.Reason, "120 s were spent waiting") {
		t.Errorf("%+v", v.RTO)
	}
	if v.Ending != ObjectivesMissed || v.Findings[0].Code != "RTOMissed" || v.Findings[1].Code != WaitedToStart || v.Findings[1].Figure != 119.7 {
		t.Errorf("%s: %+v", v.Ending, v.Findings)
	}
	twice := waited()
	twice.Facts = slices.Concat(twice.Facts, twice.Facts)
	if diff := cmp.Diff(v.Findings[1], Judge(twice).Findings[1]); diff != "" {
		t.Errorf("told twice it is another finding:\n%s", diff)
	}
}

func TestFreshEnough(t *testing.T) {
	run := Run{StartedAt: noon}
	tests := map[string]struct {
		reason string
		rpo    float64
		point  RecoveryPoint
		want   bool
	}{
		"fresh":        {"within the RPO", 3600, RecoveryPoint{TakenAt: at(-3600)}, true},
		"old":          {"a second more", 3600, RecoveryPoint{TakenAt: at(-3601)}, false},
		"unsure":       {"judged at its oldest", 3600, RecoveryPoint{TakenAt: at(-3500), UncertaintySeconds: 101}, false},
		"no RPO":       {"nothing to miss", 0, RecoveryPoint{TakenAt: at(-1e6)}, true},
		"without time": {"nobody knows", 0, RecoveryPoint{}, false},
		"taken since":  {"its age is zero", 60, RecoveryPoint{TakenAt: at(5)}, true},
	}
	for name, tc := range tests {
		if got := FreshEnough(run, Spec{Objectives: Objectives{RPOSeconds: tc.rpo}}, tc.point); got != tc.want {
			t.Errorf("%s: %t: %s", name, got, tc.reason)
		}
	}
}

func TestOthersAreTheNextFreshest(t *testing.T) {
	var candidates []RecoveryPoint
	for i, id := range []string{"f", "e", "d", "c", "b", "a"} {
		candidates = append(candidates, RecoveryPoint{ID: id, TakenAt: at(float64(i)), Usable: id != "c"})
	}
	var others []string
	choice := Choose(candidates)
	for _, p := range choice.Others {
		others = append(others, p.ID)
	}
	if diff := cmp.Diff([]string{"b", "d", "e"}, others); diff != "" || choice.Point.ID != "a" {
		t.Errorf("chose %s (-want +got):\n%s", choice.Point.ID, diff)
	}
}

func TestStartIsAskedForAsLongAsTheRTO(t *testing.T) {
	for rto, want := range map[float64]float64{0: 1800, 600: 1800, 3600: 3600, 1e6: 4 * 3600} {
		if got := CloudLimits(Objectives{RTOSeconds: rto}).StartSeconds; got != want {
			t.Errorf("RTO %v s: asked for %v s, want %v", rto, got, want)
		}
	}
	l := CloudLimits(Objectives{RTOSeconds: 1e6})
	now, limit, asked := noon, Seconds(l.StartSeconds), 0
	for now.Sub(noon) < limit {
		next := StartPolling(l).Next(noon, now, 0, limit)
		if gap := next.Sub(now); gap > 3*time.Minute || gap < time.Minute && next.Sub(noon) < limit {
			t.Fatalf("%s after the first ask the next is %s away", now.Sub(noon), gap)
		}
		now, asked = next, asked+1
	}
	if asked > 100 {
		t.Errorf("asked %d times in %s", asked, limit)
	}
}
