package drillevidence

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// Recorder writes evidence where a folder cannot be: evidence/<id>.json and
// its report evidence/<id>.html into Documents, then the entry into the Index,
// by which the next one finds what to link to. Cut off in between, it is called
// again and completes what is missing; the document is the one that was written
// first.
type Recorder struct {
	Documents record.Documents
	Index     Index
	// States that an execution has entered so far; nil: none are recorded.
	States   func(ctx context.Context, executionID string) ([]State, error)
	Versions Versions
	// Render writes the report, usually Render of this package; nil: there is
	// none beside the document. Whoever leaves it out does not link the
	// templates, which are larger than all the rest.
	Render func(w io.Writer, d Document, sha256 string) error
}

// Record builds the evidence of a run, writes it with its report and returns
// where it lies. Recording the same ID again gives the same location and
// writes no second version; where it says something else, the error is
// EvidenceFailed and wraps ErrDifferent.
func (r Recorder) Record(ctx context.Context, in drill.EvidenceInput) (string, error) {
	location, err := r.record(ctx, in)
	if err != nil && drill.NameOf(err) == "" {
		err = &drill.Error{Name: drill.EvidenceFailed, What: "write the evidence of run " + in.Run.ID, Err: err}
	}
	return location, err
}

func (r Recorder) record(ctx context.Context, in drill.EvidenceInput) (string, error) {
	var states []State
	if r.States != nil {
		var err error
		if states, err = r.States(ctx, in.Run.ExecutionID); err != nil {
			return "", fmt.Errorf("read which states execution %s has entered: %w", in.Run.ExecutionID, err)
		}
	}
	bucket := record.Bucket{Documents: r.Documents, Index: entries{r.Index}, Key: documentKey}
	if r.Render != nil {
		bucket.Page = r.page
	}
	return bucket.Record(ctx, newRepeatable(Build(in, Execution{States: states, Versions: r.Versions})))
}

func (r Recorder) page(text []byte) (record.Page, error) {
	d, err := Decode(text)
	if err != nil {
		return record.Page{}, err
	}
	var html bytes.Buffer
	if err := r.Render(&html, d, SHA256(text)); err != nil {
		return record.Page{}, err
	}
	return record.Page{Key: reportKey(d.ID), ContentType: "text/html; charset=utf-8", Body: html.Bytes()}, nil
}

func documentKey(id string) string { return "evidence/" + id + ".json" }

func reportKey(id string) string { return "evidence/" + id + ".html" }

// newRepeatable is a document about to be kept. The same recording made again
// may have another view of the execution's history, which is eventually
// consistent.
func newRepeatable(d Document) record.New {
	n := newRecord(d, chainOf(d))
	n.Same = func(there []byte) error {
		if recorded, err := Decode(there); err == nil {
			d.States = recorded.States
		}
		return sameRecording(d, there)
	}
	return n
}
