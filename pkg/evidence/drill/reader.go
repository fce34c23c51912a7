package drillevidence

import (
	"context"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Reader finds what a Recorder wrote, for whoever tells people of it.
type Reader struct {
	Documents interface {
		Get(ctx context.Context, key string) ([]byte, error)
	}
	Place string // s3://bucket/
}

// Location is where the document of an execution lies, or would lie.
func (r Reader) Location(executionID string) string {
	return r.Place + documentKey(drill.RunID(executionID))
}

// Recorded reads the document of an execution.
func (r Reader) Recorded(ctx context.Context, executionID string) (drill.Recorded, error) {
	id := drill.RunID(executionID)
	text, err := r.Documents.Get(ctx, documentKey(id))
	if err != nil {
		return drill.Recorded{}, err
	}
	d, err := DecodeAs(id, text)
	if err != nil {
		return drill.Recorded{}, fmt.Errorf("%s: %w", r.Location(executionID), err)
	}
	recorded := drill.Recorded{Ending: drill.Ending(d.Ending), Cause: d.Cause, Location: r.Location(executionID)}
	if d.Database != "" {
		recorded.Database = d.Name()
	}
	for _, f := range d.Findings {
		recorded.Findings = append(recorded.Findings, drill.Finding{
			Severity: drill.Severity(f.Severity), Code: f.Code, What: f.What, Figure: f.Figure, Target: f.Target, Hint: f.Hint,
		})
	}
	return recorded, nil
}
