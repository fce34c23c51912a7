package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// Unended returns a document for each drill of a state folder that began and
// never ended: its process was killed, by whatever it had restored perhaps. It is
// a failure, and what it made may still be there, until a sweep has run its
// machine to an end. recorded are the documents that there are. The documents
// made here lie in no file. Nothing is changed.
func Unended(ctx context.Context, stateDir string, recorded []drillevidence.Document) ([]drillevidence.Document, error) {
	dir := filepath.Join(stateDir, "runs")
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the run records: %w", err)
	}
	known := map[string]bool{}
	for _, d := range recorded {
		known[d.RunID] = true
	}
	records, executions := recordsIn(dir), &executions{dir: dir}
	var found []drillevidence.Document
	for _, e := range entries {
		id, isRecord := strings.CutSuffix(e.Name(), ".jsonl")
		if !isRecord {
			id, _ = strings.CutSuffix(e.Name(), openSuffix)
		}
		if id == e.Name() || known[id] {
			continue
		}
		known[id] = true // its record and its mark are one drill
		closed, err := executions.closedFile(filepath.Join(dir, id+openSuffix))
		if err != nil {
			return found, err
		}
		if !closed {
			continue
		}
		facts, err := records.Facts(ctx, id)
		if err != nil {
			return found, err
		}
		_, statErr := os.Stat(filepath.Join(dir, id+openSuffix))
		if d, began := unended(id, facts, statErr == nil); began {
			if info, err := e.Info(); err == nil && d.Start.At.IsZero() {
				d.Start.At = info.ModTime().UTC()
			}
			found = append(found, d)
		}
	}
	return found, nil
}

// unended is the document of a run by what it had recorded. marked: its
// execution has not been settled.
func unended(id string, facts []drill.Fact, marked bool) (drillevidence.Document, bool) {
	in := drill.EvidenceInput{ID: id, Run: drill.Run{ID: id}, Facts: facts}
	began, last := marked, ""
	for _, f := range facts {
		switch {
		case f.Kind == drill.FactEvidenceRecorded: // it ended; where its evidence went is another matter
			return drillevidence.Document{}, false
		case f.Kind == drill.FactClaimed && f.Run != nil && f.Spec != nil:
			in.Run, in.Spec, began = *f.Run, *f.Spec, true
		}
		last, in.RecordedAt = f.State, f.At
	}
	if !began || in.Run.ID != id {
		return drillevidence.Document{}, false
	}
	at := "before its first step"
	if last != "" {
		at = "after " + last + ", " + in.RecordedAt.UTC().Format(time.DateTime) + " UTC"
	}
	in.Verdict = drill.Verdict{Ending: drill.FailureDirty, Findings: []drill.Finding{{
		Severity: drill.Dirty, Code: world.NeverEnded,
		What: "the drill began and never ended: its process is gone, the last of it was " + at,
		Hint: "lifeboat sweep removes what it left and records its evidence; look at what ended the process",
	}}}
	return drillevidence.Build(in, drillevidence.Execution{}), true
}
