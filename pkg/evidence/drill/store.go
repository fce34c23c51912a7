package drillevidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// Store is a folder of evidence: <id>.json, and <id>.html beside it. The zero
// value is not usable: name the folder. It need not exist.
type Store struct {
	Dir string
	// Heads is the folder, outside of Dir, in which the newest document of each
	// database is named; "": none are kept, and a cut tail does not show.
	Heads string
	// Waiting is told where another process has the lock of the heads; nil:
	// nobody asks.
	Waiting record.Waiting
}

// What the store shares with those of other records.
var (
	// ErrDifferent: a document of this ID is there, and says something else.
	// What was recorded is never overwritten.
	ErrDifferent = record.ErrDifferent
	// ErrID: no document can have this ID.
	ErrID = record.ErrID
)

// Problem is a file in the folder that is not readable evidence.
type Problem struct {
	Path string
	Err  error
}

func (p Problem) Error() string { return p.Path + ": " + p.Err.Error() }
func (p Problem) Unwrap() error { return p.Err }

func (s Store) folder() record.Folder {
	return record.Folder{Dir: s.Dir, Heads: s.Heads, Header: FolderHeader, Waiting: s.Waiting}
}

// Path of a document.
func (s Store) Path(id string) string { return s.folder().Path(id) }

// ReportPath is where the report of a document lies.
func (s Store) ReportPath(id string) string { return filepath.Join(s.Dir, id+".html") }

// Write records a document and returns its path, as record.Folder does. It adds
// the link to the previous evidence of the same database. Writing a document
// again that differs only in when it was recorded leaves the first one, and is
// no error; any other one with the same ID is ErrDifferent.
func (s Store) Write(d Document) (string, error) {
	return s.folder().Add(newRecord(d, folderChain(d.Deployment, d.Workload, d.Database)))
}

// newRecord is a document about to be kept.
func newRecord(d Document, chain string) record.New {
	return record.New{
		ID: d.ID, Chain: chain, RecordedAt: d.RecordedAt,
		Encode: func(previous *record.Link) ([]byte, error) {
			d.Previous = previousOf(previous)
			return Encode(d)
		},
		Same: func(there []byte) error { return sameRecording(d, there) },
	}
}

func previousOf(l *record.Link) *Previous {
	if l == nil {
		return nil
	}
	return &Previous{ID: l.ID, SHA256: l.SHA256}
}

// sameRecording compares with what is recorded, except for the moment of
// recording and the link, which differ when a step is repeated.
func sameRecording(d Document, there []byte) error {
	recorded, err := DecodeAs(d.ID, there)
	if err != nil {
		return fmt.Errorf("evidence %s: %w: %w", d.ID, ErrDifferent, err)
	}
	d.RecordedAt, d.Timeline.EndedAt, d.Previous = recorded.RecordedAt, recorded.Timeline.EndedAt, recorded.Previous
	a, errA := Encode(recorded)
	b, errB := Encode(d)
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return fmt.Errorf("evidence %s: %w", d.ID, ErrDifferent)
	}
	return nil
}

// Read returns one document. The error is fs.ErrNotExist where there is none.
func (s Store) Read(id string) (Document, error) {
	text, err := s.Text(context.Background(), id)
	if err != nil {
		return Document{}, err
	}
	d, err := DecodeAs(id, text)
	if err != nil {
		return Document{}, fmt.Errorf("%s: %w", s.Path(id), err)
	}
	return d, nil
}

// List returns all documents, newest first, and beside them the files that
// are not readable evidence. A folder that does not exist has none.
func (s Store) List() ([]Document, []Problem, error) {
	ids, err := s.IDs(context.Background())
	if err != nil {
		return nil, nil, err
	}
	var documents []Document
	var problems []Problem
	for _, id := range ids {
		d, err := s.Read(id)
		if err != nil {
			problems = append(problems, Problem{Path: s.Path(id), Err: err})
			continue
		}
		documents = append(documents, d)
	}
	slices.SortStableFunc(documents, func(a, b Document) int { return b.RecordedAt.Compare(a.RecordedAt) })
	return documents, problems, nil
}
