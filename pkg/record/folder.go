package record

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Folder keeps records as files, <id>.json. It need not exist.
type Folder struct {
	Dir string
	// Heads is the folder, outside of Dir, in which the newest record of each
	// chain is named; "": none are kept, and a cut tail does not show.
	Heads  string
	Header func(text []byte) (Header, error)
	// Waiting is told where another process has the lock of the heads; nil:
	// nobody asks.
	Waiting Waiting
}

// Path of a record.
func (f Folder) Path(id string) string { return filepath.Join(f.Dir, id+".json") }

// Add keeps a record, linked to the newest of its chain, and returns its path.
// The same recording made again leaves the first one, and is no error.
//
// The folder is made with mode 0700, the file with 0600. The file's time is
// that of the recording, which is the order of the folder. A kill leaves the
// whole record or none.
func (f Folder) Add(n New) (string, error) {
	if err := CheckID(n.ID); err != nil {
		return "", err
	}
	path := f.Path(n.ID)
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of evidence: %w", err)
	}
	h, err := f.openHead(n)
	if err != nil {
		return "", err
	}
	defer h.unlock()
	if _, err := os.Lstat(path); err == nil {
		return path, f.sameAs(n)
	}
	text, err := n.Encode(h.previous())
	if err != nil {
		return "", err
	}
	if err := h.announce(n, text); err != nil {
		return "", err
	}
	err = WriteFile(path, text, n.RecordedAt, false)
	if errors.Is(err, fs.ErrExist) { // another process was faster
		return path, f.sameAs(n)
	}
	if err != nil {
		return "", fmt.Errorf("write the evidence %s: %w", n.ID, err)
	}
	return path, h.advance()
}

func (f Folder) sameAs(n New) error {
	there, err := ReadFile(f.Path(n.ID), MaxBytes)
	if err != nil {
		return fmt.Errorf("evidence %s: %w: %w", n.ID, ErrDifferent, err)
	}
	return n.Same(there)
}

// Text implements Source.
func (f Folder) Text(_ context.Context, id string) ([]byte, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	return ReadFile(f.Path(id), MaxBytes)
}

// IDs implements Source: of all files that may be records, the newest first.
// Temporary files, reports and whatever else lies there are passed over.
func (f Folder) IDs(context.Context) ([]string, error) {
	entries, err := os.ReadDir(f.Dir)
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
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since
		}
		if err != nil {
			return nil, fmt.Errorf("list the folder of evidence: %w", err)
		}
		files = append(files, file{id, info.ModTime().UnixNano()})
	}
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(cmp.Compare(b.time, a.time), strings.Compare(b.id, a.id))
	})
	ids := make([]string, len(files))
	for i, file := range files {
		ids[i] = file.id
	}
	return ids, nil
}

// Items are the headers of all records, in the order of the folder.
func (f Folder) Items(ctx context.Context) ([]Item, error) { return Read(ctx, f, f.Header) }

// Verify checks all records with the heads of their chains. The error is that
// the folder, or that of the heads, cannot be looked at.
func (f Folder) Verify(ctx context.Context) (Report, error) {
	items, err := f.Items(ctx)
	if err != nil {
		return Report{}, err
	}
	heads, err := f.KeptHeads()
	if err != nil {
		return Report{}, fmt.Errorf("verify the evidence: %w", err)
	}
	return Check(items, heads), nil
}

// KeptHeads are those of the folder; none where none are kept.
func (f Folder) KeptHeads() (Heads, error) {
	if f.Heads == "" {
		return Heads{Notes: elsewhere(f.Dir)}, nil
	}
	heads, err := HeadFolder{Dir: f.Heads}.Heads()
	heads.Notes = elsewhere(f.Dir, f.Heads)
	return heads, err
}
