package recoveryevidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Store is a folder of evidence: <id>.json, and <id>.html beside it. It need not
// exist. It is not that of drills, nor is Heads.
type Store struct {
	Dir string
	// Heads is the folder, outside of Dir, in which the newest document of each
	// deployment is named; "": none are kept, and a cut tail does not show.
	Heads string
	// Waiting is told where another process has the lock of the heads; nil: nobody asks.
	Waiting record.Waiting
	// Host and Versions of the documents that it records.
	Host     string
	Versions Versions
}

// Beside is the store of recoveries beside a folder of drills' evidence and that of
// its heads: both within these. heads "": none are kept.
func Beside(dir, heads string) Store {
	s := Store{Dir: filepath.Join(dir, Chain)}
	if heads != "" {
		s.Heads = filepath.Join(heads, Chain)
	}
	return s
}

// Problem is a file in the folder that is not readable evidence.
type Problem struct {
	Path string
	Err  error
}

func (p Problem) Error() string { return p.Path + ": " + p.Err.Error() }
func (p Problem) Unwrap() error { return p.Err }

// Folder that the documents are records of.
func (s Store) Folder() record.Folder {
	return record.Folder{Dir: s.Dir, Heads: s.Heads, Header: FolderHeader, Waiting: s.Waiting}
}

// Path of a document.
func (s Store) Path(id string) string { return s.Folder().Path(id) }

// ReportPath is where the page of a document lies.
func (s Store) ReportPath(id string) string { return filepath.Join(s.Dir, id+".html") }

// Record builds the evidence of a run, writes it with its page and returns the path of
// the document. Recording the same run again leaves what is there; where it says
// something else, the error is EvidenceFailed and wraps record.ErrDifferent.
func (s Store) Record(_ context.Context, r recovery.Report) (location string, err error) {
	d := Build(r, Execution{Host: s.Host, Versions: s.Versions})
	if location, err = s.Write(d); err == nil {
		_, err = s.WriteReport(d.ID)
	}
	return location, named(err, d.ID)
}

func named(err error, run string) error {
	if err == nil || drill.NameOf(err) != "" {
		return err
	}
	return &drill.Error{Name: drill.EvidenceFailed, What: "write the evidence of recovery " + run, Err: err}
}

// Write records a document and returns its path, with the link to the one before of
// its deployment. Writing one again that differs only in when it was recorded leaves
// the first, and is no error; any other one of its id is record.ErrDifferent.
func (s Store) Write(d Document) (string, error) {
	return s.Folder().Add(newRecord(d, folderChain(d.Deployment)))
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

// sameRecording compares with what is recorded, except for what differs when a step is
// repeated: the moment of recording, the link, and which parent came to the end.
func sameRecording(d Document, there []byte) error {
	recorded, err := DecodeAs(d.ID, there)
	if err != nil {
		return fmt.Errorf("evidence %s: %w: %w", d.ID, record.ErrDifferent, err)
	}
	d.RecordedAt, d.Timeline.EndedAt, d.Previous = recorded.RecordedAt, recorded.Timeline.EndedAt, recorded.Previous
	d.Start, d.Versions = recorded.Start, recorded.Versions
	a, errA := Encode(recorded)
	b, errB := Encode(d)
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return fmt.Errorf("evidence %s: %w", d.ID, record.ErrDifferent)
	}
	return nil
}

// Read returns one document. The error is fs.ErrNotExist where there is none.
func (s Store) Read(id string) (Document, error) {
	text, err := s.Folder().Text(context.Background(), id)
	if err != nil {
		return Document{}, err
	}
	d, err := DecodeAs(id, text)
	if err != nil {
		return Document{}, fmt.Errorf("%s: %w", s.Path(id), err)
	}
	return d, nil
}

// List returns all documents, newest first, and beside them the files that are not
// readable evidence. A folder that does not exist has none.
func (s Store) List() ([]Document, []Problem, error) {
	ids, err := s.Folder().IDs(context.Background())
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

// WriteReport draws the page of a recorded document beside it and returns its path. It
// can be drawn again at any time.
func (s Store) WriteReport(id string) (string, error) {
	d, err := s.Read(id)
	if err != nil {
		return "", err
	}
	text, err := s.Folder().Text(context.Background(), id)
	if err != nil {
		return "", err
	}
	var html bytes.Buffer
	if err := Render(&html, d, record.SHA256(text)); err != nil {
		return "", err
	}
	if err := record.WriteFile(s.ReportPath(id), html.Bytes(), time.Time{}, true); err != nil {
		return "", fmt.Errorf("write the report of %s: %w", id, err)
	}
	return s.ReportPath(id), nil
}
