package evidence

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Documents are kept for good under a key: nothing there is ever overwritten.
type Documents interface {
	// Put writes what is not there yet and returns where it lies. The same
	// body again is success; another body under a key that is taken is an error.
	Put(ctx context.Context, key, contentType string, body []byte) (location string, err error)
	Get(ctx context.Context, key string) ([]byte, error)
}

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
	Documents Documents
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
	d := Build(Input{
		ID: in.ID, Run: in.Run, Spec: in.Spec, Verdict: in.Verdict, Facts: in.Facts, Failure: in.Failure,
		Removal: in.Removal, RecordedAt: in.RecordedAt, States: states, Versions: r.Versions,
	})
	if err := checkID(d.ID); err != nil {
		return "", err
	}
	previous, err := r.previous(ctx, d)
	if err != nil {
		return "", err
	}
	d.Previous = previous
	recorded, text, location, err := r.write(ctx, d)
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

// previous is the newest evidence of the same database. Where that is the
// document itself, it was recorded already, and keeps the link it has.
func (r Recorder) previous(ctx context.Context, d Document) (*Previous, error) {
	newest, found, err := r.Index.Newest(ctx, chainOf(d))
	if err != nil {
		return nil, fmt.Errorf("look for the evidence before run %s: %w", d.RunID, err)
	}
	if !found || newest.EvidenceID == d.ID {
		return nil, nil
	}
	return &Previous{ID: newest.EvidenceID, SHA256: newest.SHA256}, nil
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

// write puts the document, unless one of its id is there that differs only in
// what a repeated step changes: then it returns that one.
func (r Recorder) write(ctx context.Context, d Document) (recorded Document, text []byte, location string, err error) {
	text, err = Encode(d)
	if err != nil {
		return Document{}, nil, "", err
	}
	const contentType = "application/json"
	location, err = r.Documents.Put(ctx, documentKey(d.ID), contentType, text)
	if err == nil {
		return d, text, location, nil
	}
	there, readErr := r.Documents.Get(ctx, documentKey(d.ID))
	if readErr != nil {
		return Document{}, nil, "", err // nothing is there, or it cannot be known
	}
	recorded, err = repeated(d, there)
	if err != nil {
		return Document{}, nil, "", err
	}
	location, err = r.Documents.Put(ctx, documentKey(d.ID), contentType, there)
	return recorded, there, location, err
}

// repeated returns the document that is there, if d is the same recording made
// again, perhaps with another view of the execution's history, which is
// eventually consistent.
func repeated(d Document, there []byte) (Document, error) {
	recorded, err := Decode(there)
	if err != nil {
		return Document{}, fmt.Errorf("evidence %s: %w: %w", d.ID, ErrDifferent, err)
	}
	d.States = recorded.States
	return recorded, sameRecording(d, recorded)
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
