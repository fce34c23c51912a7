package record

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// JournalFolder is a Journal of one file for each id, <id>.jsonl, one entry a
// line. Appending a line is atomic enough for a kill at any moment: a torn last
// line is the entry that was being written, and is passed over when read. The
// folder need not exist.
type JournalFolder struct{ Dir string }

// Path of the entries of one id.
func (f JournalFolder) Path(id string) string { return filepath.Join(f.Dir, id+".jsonl") }

// Append implements Journal.
func (f JournalFolder) Append(_ context.Context, id string, e Entry) error {
	if err := CheckID(id); err != nil {
		return fmt.Errorf("append %s to a record: %w", e.What, err)
	}
	if !json.Valid(e.Text) || bytes.ContainsAny(e.Text, "\n\r") { // it would be read as torn, or as several
		return fmt.Errorf("append %s to the record of run %s: it is not one line of JSON", e.What, id)
	}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of run records: %w", err)
	}
	file, err := os.OpenFile(f.Path(id), os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the record of run %s: %w", id, err)
	}
	defer file.Close()
	var line []byte
	if endsTorn(file) { // or the torn entry would take this one with it
		line = append(line, '\n')
	}
	line = append(append(line, e.Text...), '\n')
	if _, err := file.Write(line); err != nil {
		return fmt.Errorf("append %s to the record of run %s: %w", e.What, id, err)
	}
	return nil
}

// endsTorn reports whether the last line has no end.
func endsTorn(file *os.File) bool {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	var last [1]byte
	_, err = file.ReadAt(last[:], info.Size()-1)
	return err == nil && last[0] != '\n'
}

// Entries implements Journal.
func (f JournalFolder) Entries(_ context.Context, id string) ([][]byte, error) {
	data, err := os.ReadFile(f.Path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the record of run %s: %w", id, err)
	}
	var entries [][]byte
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for lines.Scan() {
		if json.Valid(lines.Bytes()) { // or it was torn by a kill
			entries = append(entries, bytes.Clone(lines.Bytes()))
		}
	}
	return entries, lines.Err()
}
