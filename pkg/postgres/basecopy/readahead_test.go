package basecopy

import (
	"io"
	"strings"
	"testing"
)

type brokenSource struct{}

func (brokenSource) Read([]byte) (int, error) { panic("it breaks") }

// A source that breaks whoever reads it ends the copy, and not the process.
func TestReadAheadOfASourceThatBreaks(t *testing.T) {
	a := readAhead(brokenSource{})
	defer a.Close()
	if _, err := io.ReadAll(a); err == nil || !strings.Contains(err.Error(), "it breaks") {
		t.Errorf("%v", err)
	}
}
