package local

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
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// runRecords keeps one file of facts per run, one JSON document a line.
// Appending a line is atomic enough for a kill at any moment: a torn last line
// is the fact that was being written, and is passed over when read.
type runRecords struct{ dir string }

func (r runRecords) path(runID string) string {
	return filepath.Join(r.dir, runID+".jsonl")
}

// Append adds one fact to the record of a run.
func (r runRecords) Append(_ context.Context, runID string, fact drill.Fact) error {
	line, err := json.Marshal(fact)
	if err != nil {
		return fmt.Errorf("append %s to the record of run %s: %w", fact.Kind, runID, err)
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of run records: %w", err)
	}
	f, err := os.OpenFile(r.path(runID), os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the record of run %s: %w", runID, err)
	}
	defer f.Close()
	line = append(line, '\n')
	if endsTorn(f) { // or the torn fact would take this one with it
		line = append([]byte{'\n'}, line...)
	}
	if _, err := f.Write(line); err != nil {
		return fmt.Errorf("append %s to the record of run %s: %w", fact.Kind, runID, err)
	}
	return nil
}

// endsTorn reports whether the last line has no end.
func endsTorn(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	var last [1]byte
	_, err = f.ReadAt(last[:], info.Size()-1)
	return err == nil && last[0] != '\n'
}

// Facts returns the facts of a run in the order they were appended; a run
// without a record has none.
func (r runRecords) Facts(_ context.Context, runID string) ([]drill.Fact, error) {
	data, err := os.ReadFile(r.path(runID))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the record of run %s: %w", runID, err)
	}
	var facts []drill.Fact
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for lines.Scan() {
		var fact drill.Fact
		if json.Unmarshal(lines.Bytes(), &fact) != nil {
			continue // torn by a kill
		}
		facts = append(facts, fact)
	}
	return facts, lines.Err()
}

// fileName makes a "workload/database" safe as one path element.
func fileName(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
			return c
		}
		return '_'
	}, name)
}
