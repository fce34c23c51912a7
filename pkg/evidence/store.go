package evidence

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// Store is a folder of evidence: <id>.json, and <id>.html beside it. The zero
// value is not usable: name the folder. It need not exist.
type Store struct {
	Dir string
	// Heads is the folder, outside of Dir, in which the newest document of each
	// database is named; "": none are kept, and a cut tail does not show.
	Heads string
}

// ErrDifferent: a document of this ID is there, and says something else. What
// was recorded is never overwritten.
var ErrDifferent = errors.New("a different document of this id is already recorded")

// maxFileBytes is far above any document; it bounds what a foreign file costs.
const maxFileBytes = 64 << 20

// Problem is a file in the folder that is not readable evidence.
type Problem struct {
	Path string
	Err  error
}

func (p Problem) Error() string { return p.Path + ": " + p.Err.Error() }
func (p Problem) Unwrap() error { return p.Err }

// Path of a document.
func (s Store) Path(id string) string { return filepath.Join(s.Dir, id+".json") }

// ReportPath is where the report of a document lies.
func (s Store) ReportPath(id string) string { return filepath.Join(s.Dir, id+".html") }

// Write records a document and returns its path. It adds the link to the
// previous evidence of the same database. Writing a document again that
// differs only in when it was recorded leaves the first one, and is no error;
// any other one with the same ID is ErrDifferent.
//
// The folder is made with mode 0700, the file with 0600. The file's time is
// the document's RecordedAt, which is the order of the store.
func (s Store) Write(d Document) (string, error) {
	if err := checkID(d.ID); err != nil {
		return "", err
	}
	path := s.Path(d.ID)
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of evidence: %w", err)
	}
	h, err := s.openHead(d)
	if err != nil {
		return "", err
	}
	defer h.unlock()
	if _, err := os.Lstat(path); err == nil {
		return path, s.sameAs(d)
	}
	d.Previous = h.previous()
	text, err := Encode(d)
	if err != nil {
		return "", err
	}
	if err := h.announce(d, text); err != nil {
		return "", err
	}
	err = record.WriteFile(path, text, d.RecordedAt, false)
	if errors.Is(err, fs.ErrExist) { // another process was faster
		return path, s.sameAs(d)
	}
	if err != nil {
		return "", fmt.Errorf("write the evidence %s: %w", d.ID, err)
	}
	return path, h.advance()
}

func (s Store) sameAs(d Document) error {
	recorded, err := s.Read(d.ID)
	if err != nil {
		return fmt.Errorf("evidence %s: %w: %w", d.ID, ErrDifferent, err)
	}
	return sameRecording(d, recorded)
}

// sameRecording compares with what is recorded, except for the moment of
// recording and the link, which differ when a step is repeated.
func sameRecording(d, recorded Document) error {
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
	if err := checkID(id); err != nil {
		return Document{}, err
	}
	text, err := record.ReadFile(s.Path(id), maxFileBytes)
	if err != nil {
		return Document{}, err
	}
	d, err := Decode(text)
	if err != nil {
		return Document{}, fmt.Errorf("%s: %w", s.Path(id), err)
	}
	if d.ID != id {
		return Document{}, fmt.Errorf("%s: it is the evidence of %s", s.Path(id), d.ID)
	}
	return d, nil
}

// List returns all documents, newest first, and beside them the files that
// are not readable evidence. A folder that does not exist has none.
func (s Store) List() ([]Document, []Problem, error) {
	ids, err := s.ids()
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

// ids of what may be documents, newest file first. Temporary files, reports
// and whatever else lies there are passed over.
func (s Store) ids() ([]string, error) {
	entries, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the folder of evidence: %w", err)
	}
	type file struct {
		id   string
		time int64
	}
	var files []file
	for _, e := range entries {
		id, isJSON := strings.CutSuffix(e.Name(), ".json")
		if !isJSON || e.IsDir() || strings.HasPrefix(id, ".") {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // removed since
		}
		files = append(files, file{id, info.ModTime().UnixNano()})
	}
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(cmp.Compare(b.time, a.time), strings.Compare(b.id, a.id))
	})
	ids := make([]string, len(files))
	for i, f := range files {
		ids[i] = f.id
	}
	return ids, nil
}

// ErrID: no document can have this ID.
var ErrID = errors.New("it cannot name evidence")

// checkID keeps an ID a plain file name.
func checkID(id string) error {
	const maxLength = 200
	safe := func(r rune) bool {
		return r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	unsafe := strings.ContainsFunc(id, func(r rune) bool { return !safe(r) })
	if id == "" || len(id) > maxLength || id[0] == '.' || unsafe {
		return fmt.Errorf("%.300q: %w: letters, digits, -, _ and . are allowed, at most %d", id, ErrID, maxLength)
	}
	return nil
}
