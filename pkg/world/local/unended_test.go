package local

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

func TestADrillThatNeverEndedIsAFailure(t *testing.T) {
	state := t.TempDir()
	dir := filepath.Join(state, "runs")
	records, running := recordsIn(dir), &executions{dir: dir, mine: map[string]*os.File{}}
	at := time.Date(2026, 11, 26, 2, 0, 0, 0, time.UTC)
	spec := drill.Spec{Workload: "shop", Database: "db"}
	claim := func(id string, more ...drill.Fact) {
		t.Helper()
		run := drill.Run{ID: id, StartedAt: at}
		for _, f := range append([]drill.Fact{{Kind: drill.FactClaimed, At: at, State: "ClaimSlot", Run: &run, Spec: &spec}}, more...) {
			if err := records.Append(context.Background(), id, f); err != nil {
				t.Fatal(err)
			}
		}
	}
	claim("killed", drill.Fact{Kind: drill.FactPhaseStarted, At: at.Add(time.Minute), State: "StartRestore"})
	claim("its-evidence-is-elsewhere", drill.Fact{Kind: drill.FactEvidenceRecorded, At: at})
	claim("recorded")
	execution := executionPrefix + "running"
	claim(drill.RunID(execution))
	if err := running.open(execution); err != nil {
		t.Fatal(err)
	}
	// A start that was turned away claimed nothing.
	if err := records.Append(context.Background(), "turned-away", drill.Fact{Kind: drill.FactFailed, At: at}); err != nil {
		t.Fatal(err)
	}
	found, err := Unended(context.Background(), state, []drillevidence.Document{{RunID: "recorded"}})
	if err != nil || len(found) != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	d := found[0]
	if d.RunID != "killed" || d.Name() != "shop/db" || d.Ending != string(drill.FailureDirty) || d.Findings[0].Code != world.NeverEnded || !d.Start.At.Equal(at) {
		t.Errorf("%+v", d)
	}
	if err := running.abandon(execution); err != nil { // as if its process had been killed
		t.Fatal(err)
	}
	if found, err = Unended(context.Background(), state, nil); err != nil || len(found) != 3 {
		t.Errorf("%+v, %v", found, err)
	}
	if none, err := Unended(context.Background(), t.TempDir(), nil); err != nil || len(none) > 0 {
		t.Errorf("%+v, %v", none, err)
	}
}
