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

// asking is a record of asking from these points, newest first: each entry is a
// point and how it was refused; the last one was made, if taken.
func asking(taken *RecoveryPoint, entries ...Fact) Case {
	c := Case{Run: Run{StartedAt: noon}}
	c.Facts = append(c.Facts, Fact{At: at(0.5), Kind: FactRecoveryPoint, RecoveryPoint: &RecoveryPoint{ID: "log", TakenAt: at(-60)}})
	c.Facts = append(c.Facts, entries...)
	if taken != nil {
		last := entries[len(entries)-1].At
		c.Facts = append(c.Facts, Fact{At: last, Kind: FactRecoveryPoint, RecoveryPoint: taken}, Fact{At: last, Kind: FactRestoreRequested, Resource: &Resource{ID: "copy"}})
	}
	return c
}

func of(f Fact, taken time.Time) Fact {
	f.RecoveryPoint.TakenAt = taken
	return f
}

// In one round the source is busy and then the snapshot has no capacity: what kept
// the snapshot waiting is the reason, and the distance to its last refusal the
// uncertainty.
func TestTheReasonOfAWaitIsThatOfWhatWasTaken(t *testing.T) {
	snapshot := &RecoveryPoint{ID: "snapshot", TakenAt: at(-3600)}
	c := asking(snapshot,
		askedFor(1, "log"), refusedWith(2, SourceBusy), askedFor(3, "snapshot"), refusedWith(4, NoCapacity),
		Fact{At: at(5), Kind: FactPhaseStarted, Note: PhaseWait},
		askedFor(184, "log"), refusedWith(185, SourceBusy), askedFor(186, "snapshot"))
	m := momentsOf(c)
	if unsure := m.unsure(c.Facts); unsure != 182*time.Second {
		t.Errorf("unsure by %s", unsure)
	}
	if f := judgeWait(c, m)[0]; !strings.Contains(f.What, "at last NoCapacity") || f.Figure != 181.0 {
		t.Errorf("%+v", f)
	}
}

// What looked usable and was refused is named, whether the drill ends well or not.
// Only what is not older than what was taken was passed over for it.
func TestEveryRefusedBackupIsNamed(t *testing.T) {
	newer, older := at(-3600), at(-7200)
	entries := func() []Fact {
		return []Fact{
			of(askedFor(1, "log"), at(-60)), refusedWith(2, SourceBusy), of(askedFor(3, "young"), newer), refusedWith(4, RestoreRefused),
			of(askedFor(5, "old"), older), refusedWith(6, RestoreRefused), {At: at(7), Kind: FactPhaseStarted, Note: PhaseWait},
			of(askedFor(60, "log"), at(-60)), refusedWith(61, SourceBusy), of(askedFor(62, "young"), newer),
		}
	}
	tests := map[string]struct {
		reason             string
		taken              *RecoveryPoint
		refused, passedFor string
	}{
		"none taken":   {"both are named", nil, "young old", ""},
		"young taken":  {"it was refused only once, and is newer than the old one", &RecoveryPoint{ID: "young", TakenAt: newer}, "old", "log"},
		"old taken":    {"the young one is passed over", &RecoveryPoint{ID: "old", TakenAt: older}, "", "log young"},
		"source's log": {"the source was free again", &RecoveryPoint{ID: "log", TakenAt: at(-60)}, "young old", ""},
	}
	named := func(findings []Finding) string {
		var ids []string
		for _, f := range findings {
			ids = append(ids, strings.Fields(f.What)[1])
		}
		return strings.Join(ids, " ")
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := asking(tc.taken, entries()...)
			if diff := cmp.Diff(tc.refused, named(judgeRefused(c))); diff != "" {
				t.Errorf("%s: refused (-want +got):\n%s", tc.reason, diff)
			}
			if tc.taken != nil {
				if diff := cmp.Diff(tc.passedFor, named(PassedOver(c.Facts, *tc.taken))); diff != "" {
					t.Errorf("%s: passed over (-want +got):\n%s", tc.reason, diff)
				}
			}
		})
	}
}

// An hour that was waited in vain is a phase, with its reason, and a lost answer
// says why clean-up took long.
func TestAWaitInVainIsJudged(t *testing.T) {
	c := asking(nil, askedFor(1, "log"), refusedWith(2, NoCapacity), Fact{At: at(3), Kind: FactPhaseStarted, Note: PhaseWait},
		askedFor(600, "log"), refusedWith(601, NoCapacity), askedFor(3600, "log"), refusedWith(3603, QuotaReached))
	c.Failure, c.Removal.Clean = &Failure{Error: string(QuotaReached), Cause: "40 of 40"}, true
	v := Judge(c)
	var wait *Phase
	for i, p := range v.Phases {
		if p.Phase == PhaseWait {
			wait = &v.Phases[i]
		}
	}
	if wait == nil || wait.Seconds != 3600 {
		t.Errorf("%+v", v.Phases)
	}
	said := func(code string) bool {
		return slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Code == code })
	}
	if !said(WaitedToStart) || said("AnswerLost") {
		t.Errorf("%+v", v.Findings)
	}
	c.Failure.Error = string(NoCapacity)
	c.Spec.Limits.LateCreationSeconds = 900
	c.Facts = append(c.Facts, askedFor(3604, "log"))
	if v = Judge(c); said(WaitedToStart) || !said("AnswerLost") {
		t.Errorf("the failure says it already: %+v", v.Findings)
	}
}

// What a wait cost is no question of how often it was looked.
func TestAnRTOMissedByTheWaitSaysSo(t *testing.T) {
	f := Judge(waited()).Findings[0]
	if f.Code != "RTOMissed" || !strings.Contains(f.Hint, "without the wait") || !strings.Contains(f.Hint, "mend it") {
		t.Errorf("%+v", f)
	}
}
