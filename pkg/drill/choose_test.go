package drill

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestChoose(t *testing.T) {
	old := RecoveryPoint{ID: "old", TakenAt: noon.Add(-2 * time.Hour), Usable: true}
	fresh := RecoveryPoint{ID: "fresh", TakenAt: noon.Add(-time.Hour), Usable: true}
	unsure := RecoveryPoint{ID: "a-unsure", TakenAt: fresh.TakenAt, UncertaintySeconds: 3600, Usable: true}
	broken := RecoveryPoint{ID: "broken", TakenAt: noon, Reason: "cut short", Hint: "take it again"}
	tests := map[string]struct {
		reason     string
		candidates []RecoveryPoint
		chosen     string
		passedOver int
	}{
		"none":         {"an empty folder has no backup", nil, "", 0},
		"freshest":     {"the newest usable one counts", []RecoveryPoint{old, fresh}, "fresh", 0},
		"passed over":  {"a fresher unusable one is named", []RecoveryPoint{old, broken, fresh}, "fresh", 1},
		"only broken":  {"nothing usable is nothing", []RecoveryPoint{broken}, "", 1},
		"older broken": {"one that would not have been chosen anyway is no finding", []RecoveryPoint{broken, {ID: "newest", TakenAt: noon.Add(time.Minute), Usable: true}}, "newest", 0},
		"same second":  {"times inside backups have whole seconds, so the broken one may be the newer", []RecoveryPoint{{ID: "b", TakenAt: fresh.TakenAt}, {ID: "a", TakenAt: fresh.TakenAt, Usable: true}}, "a", 1},
		"no time":      {"nobody knows that it is older", []RecoveryPoint{fresh, {ID: "broken"}}, "fresh", 1},
		"may be newer": {"its time may be off by more than the two are apart", []RecoveryPoint{fresh,
			{ID: "broken", TakenAt: old.TakenAt, UncertaintySeconds: 14 * 3600, TimeSource: "dump header"}}, "fresh", 1},
		"two hosts": {"headers without a zone may be of two", []RecoveryPoint{
			{ID: "fresh", TakenAt: fresh.TakenAt, UncertaintySeconds: 14 * 3600, TimeSource: "dump header", Usable: true},
			{ID: "broken", TakenAt: old.TakenAt, UncertaintySeconds: 14 * 3600, TimeSource: "dump header"}}, "fresh", 1},
		"written before": {"its file bounds how new it can be", []RecoveryPoint{fresh,
			{ID: "broken", TakenAt: old.TakenAt, UncertaintySeconds: 14 * 3600, NewestAt: old.TakenAt, TimeSource: "dump header"}}, "fresh", 0},
		"better known": {"of equally fresh ones the better known time wins", []RecoveryPoint{unsure, fresh}, "fresh", 0},
		"replaced": {"another's under the name is said however old it is, and never chosen", []RecoveryPoint{fresh,
			{ID: "before", TakenAt: old.TakenAt, Standing: Replaced}}, "fresh", 1},
		"only replaced":      {"another's is no backup", []RecoveryPoint{{ID: "before", TakenAt: old.TakenAt, Standing: Replaced}}, "", 1},
		"retained":           {"it can be restored, and is the last one", []RecoveryPoint{{ID: "left", TakenAt: noon, Standing: Retained, Usable: true}}, "left", 1},
		"retained and older": {"it was not needed", []RecoveryPoint{fresh, {ID: "left", TakenAt: old.TakenAt, Standing: Retained, Usable: true}}, "fresh", 0},
		"same in order":      {"the order of the listing does not matter", []RecoveryPoint{fresh, unsure}, "fresh", 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			choice := Choose(tc.candidates)
			findings, got := choice.Findings, ""
			if choice.Point != nil {
				got = choice.Point.ID
			}
			if got != tc.chosen || len(findings) != tc.passedOver {
				t.Errorf("%s: chose %q with %d findings, want %q with %d", tc.reason, got, len(findings), tc.chosen, tc.passedOver)
			}
		})
	}
}

func TestChooseBoundsFindings(t *testing.T) {
	var broken []RecoveryPoint
	for i := range 10_000 {
		broken = append(broken, RecoveryPoint{ID: fmt.Sprint(i), TakenAt: noon, Reason: fmt.Sprint("cut short ", i%100)})
	}
	choice := Choose(broken)
	if len(choice.Findings) != maxReasons+1 || choice.Counts.PassedOver != 10_000 {
		t.Errorf("10,000 broken backups gave %d findings and a count of %d, want %d and all", len(choice.Findings), choice.Counts.PassedOver, maxReasons+1)
	}
	for _, f := range choice.Findings {
		if len(f.What) > 4096 {
			t.Errorf("a finding has %d bytes", len(f.What))
		}
	}
}

// A broken backup of one's own is not hidden behind a hundred of others.
func TestOnesOwnBrokenBackupComesBeforeOthers(t *testing.T) {
	points := []RecoveryPoint{{ID: "good", TakenAt: noon.Add(-time.Hour), Usable: true}, {ID: "mine", TakenAt: noon.Add(-time.Minute), Reason: "cut short"}}
	for i := range 115 {
		points = append(points, RecoveryPoint{ID: fmt.Sprint("theirs", i), TakenAt: noon, Reason: "it is a dump of another database", Standing: Foreign})
	}
	choice := Choose(points)
	if len(choice.Findings) != 2 || choice.Findings[0].What != "backup mine was passed over: cut short" || choice.Findings[1].Figure != 115 {
		t.Errorf("%+v", choice.Findings)
	}
}

func TestWhatIsNoTroubleIsNoted(t *testing.T) {
	fresh := RecoveryPoint{ID: "fresh", TakenAt: noon.Add(-time.Hour), Usable: true}
	for standing, code := range map[Standing]string{InProgress: "BackupInProgress", Companion: "NoBackupOfItsOwn", OutOfScope: "BackupNotCounted"} {
		choice := Choose([]RecoveryPoint{fresh, {ID: "newer", TakenAt: noon, Reason: "why", Standing: standing}})
		if len(choice.Findings) != 1 || choice.Findings[0].Severity != Info || choice.Findings[0].Code != code || choice.Counts.PassedOver != 0 {
			t.Errorf("%s: %+v, %+v", standing, choice.Findings, choice.Counts)
		}
	}
	if choice := Choose([]RecoveryPoint{fresh, {ID: "newer", TakenAt: noon, Standing: "of a later version"}}); choice.Findings[0].Severity != Warning || choice.Counts.PassedOver != 1 {
		t.Errorf("a standing that is not known: %+v", choice)
	}
}

func TestNames(t *testing.T) {
	const arn = "arn:aws:states:eu-west-1:123456789012:execution:drill:nightly-1"
	got := []string{RunID(arn), RunID("a:b c"), RunID("a:b/c"), RunID("x:"), ThrowawayName("prod", arn)}
	for i, name := range got {
		if name == "" || len(name) > 120 {
			t.Errorf("name %d is %q", i, name)
		}
	}
	if got[0] != "nightly-1" {
		t.Errorf("run id is %q, want the execution's name", got[0])
	}
	if got[1] == got[2] {
		t.Errorf("two executions share the run id %q", got[1])
	}
	if diff := cmp.Diff(ThrowawayName("prod", arn), got[4]); diff != "" {
		t.Errorf("the throwaway's name changes: %s", diff)
	}
	if ThrowawayName("prod", arn) == ThrowawayName("prod", arn+"x") {
		t.Error("two executions share a throwaway")
	}
}
