package drillstep

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Evidence writes one document and returns where it lies. Writing the same ID
// again replaces the document or leaves it, and returns the same place.
type Evidence interface {
	Record(ctx context.Context, in drill.EvidenceInput) (location string, err error)
}

// RecordEvidence judges the run from its record and writes the evidence.
type RecordEvidence struct {
	Evidence Evidence
	Journal  Journal
	Clock    step.Clock
}

type RecordEvidenceIn struct {
	Scope
	// Request is the execution's input, whatever it is: it names the database
	// where ClaimSlot failed.
	Request json.RawMessage `json:"request"`
	Failure *drill.Failure  `json:"failure"`
	Removal drill.Removal   `json:"removal"`
}

type RecordEvidenceOut struct {
	Ending   drill.Ending `json:"ending"`
	Cause    string       `json:"cause"`
	Evidence string       `json:"evidence"` // where it lies
}

// maxCauseBytes keeps the cause readable in a terminal and a page.
const maxCauseBytes = 4000

func (s RecordEvidence) Handle(ctx context.Context, in RecordEvidenceIn) (RecordEvidenceOut, error) {
	c, verdict, err := judged(ctx, s.Journal, in.Scope, in.Failure, in.Removal)
	if err != nil {
		return RecordEvidenceOut{}, step.Named(drill.EvidenceFailed, err, "reading the record of run %s", in.run().ID)
	}
	if in.Spec == nil && c.Spec.Database == "" {
		c.Spec.Workload, c.Spec.Database = requested(in.Request)
	}
	now := s.Clock.Now()
	if c.Failure != nil && find(c.Facts, drill.FactFailed) == nil {
		// For whoever cleans up after this run, if that should be needed.
		fact := drill.Fact{At: now, State: "RecordEvidence", Kind: drill.FactFailed, Failure: c.Failure}
		if err := s.Journal.Append(ctx, c.Run.ID, fact); err != nil {
			return RecordEvidenceOut{}, step.Named(drill.EvidenceFailed, err, "writing the record of run %s", c.Run.ID)
		}
		c.Facts = append(c.Facts, fact)
	}
	location, err := s.Evidence.Record(ctx, drill.EvidenceInput{
		ID: drill.RunID(in.Execution.ID), Run: c.Run, Spec: c.Spec, Verdict: verdict, Facts: c.Facts,
		Failure: c.Failure, Removal: c.Removal, RecordedAt: now,
	})
	if err != nil {
		return RecordEvidenceOut{}, step.Named(drill.EvidenceFailed, err, "writing the evidence of run %s", c.Run.ID)
	}
	fact := drill.Fact{At: now, State: "RecordEvidence", Kind: drill.FactEvidenceRecorded, Note: location}
	if err := s.Journal.Append(ctx, c.Run.ID, fact); err != nil {
		return RecordEvidenceOut{}, step.Named(drill.EvidenceFailed, err, "writing the record of run %s", c.Run.ID)
	}
	return RecordEvidenceOut{Ending: verdict.Ending, Cause: drill.Cause(verdict, maxCauseBytes), Evidence: location}, nil
}

// requested reads the names from the execution's input as far as it has them;
// that it may be anything is why ClaimSlot failed.
func requested(input json.RawMessage) (workload, database string) {
	var request struct {
		Database string `json:"database"`
	}
	if json.Unmarshal(input, &request) != nil {
		return "", ""
	}
	workload, database, found := strings.Cut(request.Database, "/")
	if !found {
		return "", workload
	}
	return workload, database
}
