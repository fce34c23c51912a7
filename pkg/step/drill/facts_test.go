package drillstep_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/drill/drilltest"
	journal "github.com/lifeboat-dr/lifeboat/pkg/record"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// TestFactsInAFolder: the run record of this machine.
func TestFactsInAFolder(t *testing.T) {
	for name, c := range drilltest.Journals {
		t.Run(name, func(t *testing.T) { c.Test(t, drillstep.FactsIn(folderOfFacts(t))) })
	}
}

func folderOfFacts(t *testing.T) journal.JournalFolder {
	return journal.JournalFolder{Dir: filepath.Join(t.TempDir(), "runs")}
}

// TestFactsSurviveATornLine: a kill in the middle of an append.
func TestFactsSurviveATornLine(t *testing.T) {
	ctx, folder := context.Background(), folderOfFacts(t)
	facts := drillstep.FactsIn(folder)
	must := func(want ...drill.Fact) {
		t.Helper()
		got, err := facts.Facts(ctx, "run")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	one, two := drill.Fact{State: "A", Kind: drill.FactNoted, Note: "one"}, drill.Fact{State: "B", Kind: drill.FactNoted, Note: "two"}
	if err := facts.Append(ctx, "run", one); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(folder.Path("run"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder.Path("run"), append(text, text[:len(text)/2]...), 0o600); err != nil { // killed here
		t.Fatal(err)
	}
	must(one)
	if err := facts.Append(ctx, "run", two); err != nil { // it must not be lost with the torn one
		t.Fatal(err)
	}
	must(one, two)
}

// TestWhatIsNoFactIsNotPassedOver: the verdict would be of less than was recorded.
func TestWhatIsNoFactIsNotPassedOver(t *testing.T) {
	folder := folderOfFacts(t)
	if err := folder.Append(context.Background(), "run", journal.Entry{Text: []byte(`{"kind": 7}`)}); err != nil {
		t.Fatal(err)
	}
	if facts, err := drillstep.FactsIn(folder).Facts(context.Background(), "run"); drill.NameOf(err) != drill.Unexpected {
		t.Errorf("%v, %v", facts, err)
	}
}
