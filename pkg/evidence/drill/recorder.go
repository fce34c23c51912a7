package drillevidence

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// Index knows which document of a database is the newest.
type Index interface {
	Newest(ctx context.Context, database string) (entry drill.HistoryEntry, found bool, err error)
	// AddHistory of an entry that is there changes nothing.
	AddHistory(ctx context.Context, entry drill.HistoryEntry) error
}

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
	d := Build(in, Execution{States: states, Versions: r.Versions})
	text, location, err := r.bucket().Add(ctx, newRepeatable(d))
	if err != nil {
		return "", err
	}
	recorded, err := Decode(text)
	if err != nil {
		return "", err
	}
	if err := r.report(ctx, recorded, SHA256(text)); err != nil {
		return "", err
	}
	if err := r.Index.AddHistory(ctx, entryOf(recorded, location, text)); err != nil {
		return "", fmt.Errorf("add the evidence of run %s to the index: %w", d.RunID, err)
	}
	return location, nil
}

func (r Recorder) report(ctx context.Context, d Document, sha256 string) error {
	if r.Render == nil {
		return nil
	}
	var html bytes.Buffer
	if err := r.Render(&html, d, sha256); err != nil {
		return err
	}
	if _, err := r.Documents.Put(ctx, reportKey(d.ID), "text/html; charset=utf-8", html.Bytes()); err != nil {
		return fmt.Errorf("write the report of run %s: %w", d.RunID, err)
	}
	return nil
}

func documentKey(id string) string { return "evidence/" + id + ".json" }

func reportKey(id string) string { return "evidence/" + id + ".html" }

func (r Recorder) bucket() record.Bucket {
	newest := func(ctx context.Context, chain string) (record.Link, bool, error) {
		e, found, err := r.Index.Newest(ctx, chain)
		return record.Link{ID: e.EvidenceID, SHA256: e.SHA256}, found, err
	}
	return record.Bucket{Documents: r.Documents, Key: documentKey, Newest: newest}
}

// chainOf names the list that a document is linked in: that of its database. A
// run that was never claimed has only what its input says, which may be
// anything: it is linked apart, as in a Store.
func chainOf(d Document) string {
	if d.Deployment != "" {
		return d.Name()
	}
	const maxCharacters = 200 // an index may bound its keys
	name := []rune("unclaimed:" + d.Name())
	return string(name[:min(len(name), maxCharacters)])
}

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

func entryOf(d Document, location string, text []byte) drill.HistoryEntry {
	e := drill.HistoryEntry{
		Database: chainOf(d), RunID: d.RunID, EvidenceID: d.ID, RecordedAt: d.RecordedAt,
		Ending: drill.Ending(d.Ending), Location: location, SHA256: SHA256(text),
	}
	restored := func(p Phase) bool { return p.Phase == drill.PhaseRestore }
	if i := slices.IndexFunc(d.Timeline.Phases, restored); i >= 0 {
		e.RestoreSeconds = &d.Timeline.Phases[i].Seconds
	}
	e.Saw = d.saw()
	e.ToldByEvent = slices.ContainsFunc(d.Timeline.Facts, func(f Fact) bool { return f.ToldByEvent })
	return e
}
