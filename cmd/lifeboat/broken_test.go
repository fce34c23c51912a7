package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { panic("it breaks") }

// TestOneDocumentWhereLifeboatBreaks: a panic is an internal error, and not exit
// code 2, which is FailureClean's.
func TestOneDocumentWhereLifeboatBreaks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.asl.json")
	must(t, os.WriteFile(file, []byte(`{"QueryLanguage":"JSONata","StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`), 0o600))
	var out, errOut bytes.Buffer
	code := run(t.Context(), []string{"machine", "run", file, "--input", "-", "--json"}, brokenReader{}, &out, &errOut)
	var document failure
	if err := json.Unmarshal(out.Bytes(), &document); err != nil || code != exitInternal || document.Error.ExitCode != code || !strings.Contains(document.Error.What, "it breaks") {
		t.Errorf("exit %d, %v, %s", code, err, &out)
	}
	if !strings.Contains(errOut.String(), "broken_test.go") || !strings.Contains(errOut.String(), "hint:") {
		t.Errorf("it does not say where: %s", &errOut)
	}
}
