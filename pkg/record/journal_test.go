package record_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// TestAJournalOfAnything: entries come back as the bytes they were, and what
// could not is refused before it is written.
func TestAJournalOfAnything(t *testing.T) {
	j := record.JournalFolder{Dir: filepath.Join(t.TempDir(), "runs")}
	texts := []string{`{"audit": "one"}`, `[2]`, `"drei"`}
	for _, text := range texts {
		if err := j.Append(t.Context(), "one", record.Entry{What: "Audited", Text: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"", `{"torn"`, "{\n}", "1\n2"} {
		if err := j.Append(t.Context(), "one", record.Entry{Text: []byte(text)}); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	if err := j.Append(t.Context(), "../one", record.Entry{Text: []byte("1")}); !errors.Is(err, record.ErrID) {
		t.Error(err)
	}
	got, err := j.Entries(t.Context(), "one")
	if err != nil || len(got) != len(texts) {
		t.Fatalf("%q, %v", got, err)
	}
	for i := range texts {
		if string(got[i]) != texts[i] {
			t.Errorf("%q, want %q", got[i], texts[i])
		}
	}
	if none, err := j.Entries(t.Context(), "two"); err != nil || len(none) != 0 {
		t.Errorf("%q, %v", none, err)
	}
}
