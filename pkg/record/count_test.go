package record_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// TestTheHeadCounts what the links lead to: a head that was written anew, with
// the right newest, does not pass.
func TestTheHeadCounts(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(*record.Head)
		holds bool
	}{
		"as it was":          {func(*record.Head) {}, true},
		"one more":           {func(h *record.Head) { *h.Count++ }, false},
		"one less":           {func(h *record.Head) { *h.Count-- }, false},
		"one more, doubting": {func(h *record.Head) { *h.Count, h.Doubts = *h.Count+1, []string{"begun late"} }, false},
		"one less, doubting": {func(h *record.Head) { *h.Count, h.Doubts = *h.Count-1, []string{"begun late"} }, true}, // it could not read one
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			add(t, f, newNote("one", "chain", 1), newNote("two", "chain", 2), newNote("three", "chain", 3))
			heads := record.HeadFolder{Dir: f.Heads}
			head, _, err := heads.Head("chain")
			if err != nil {
				t.Fatal(err)
			}
			tc.spoil(&head)
			if err := heads.Keep(head); err != nil {
				t.Fatal(err)
			}
			r := check(t, f)
			if r.Holds() != tc.holds || !tc.holds && (r.Problems[0].Kind != record.BadHead || r.Tail != record.Broken) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestTheCountOfARecordingThatWasCutOff is that of before it.
func TestTheCountOfARecordingThatWasCutOff(t *testing.T) {
	f := newFolder(t)
	add(t, f, newNote("one", "chain", 1))
	heads := record.HeadFolder{Dir: f.Heads}
	before, _, err := heads.Head("chain")
	if err != nil {
		t.Fatal(err)
	}
	add(t, f, newNote("two", "chain", 2))
	text, err := os.ReadFile(f.Path("two"))
	if err != nil {
		t.Fatal(err)
	}
	before.Next = &record.Next{Link: record.Link{ID: "two", SHA256: record.SHA256(text)}, RecordedAt: noon}
	if err := heads.Keep(before); err != nil {
		t.Fatal(err)
	}
	if r := check(t, f); !r.Holds() || r.Tail != record.Proven {
		t.Errorf("%+v", r)
	}
}

// TestAHeadThatDoesNotCount is of no use, whatever else it says: an index does
// not count, a folder always does. Nor does the next recording cover it up.
func TestAHeadThatDoesNotCount(t *testing.T) {
	const counts = `"count": 2,`
	for name, instead := range map[string]string{
		"as it was": counts, "zero": `"count": 0,`, "null": `"count": null,`, "missing": "", "less than none": `"count": -1,`,
		"zero, doubting": `"count": 0, "doubts": ["begun late"],`, "no number": `"count": "2",`, "a part of one": `"count": 1.5,`,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			add(t, f, newNote("one", "chain", 1), newNote("two", "chain", 2))
			heads, err := filepath.Glob(filepath.Join(f.Heads, "*.json"))
			if err != nil || len(heads) != 1 {
				t.Fatal(heads, err)
			}
			text, err := os.ReadFile(heads[0])
			if err != nil || !bytes.Contains(text, []byte(counts)) {
				t.Fatalf("%s, %v", text, err)
			}
			if err := os.WriteFile(heads[0], bytes.Replace(text, []byte(counts), []byte(instead), 1), 0o600); err != nil {
				t.Fatal(err)
			}
			whole := instead == counts
			r := check(t, f)
			if r.Holds() != whole || (r.Tail == record.Proven) != whole || !whole && (r.Problems[0].Kind != record.BadHead || r.Tail == record.Broken && r.Problems[0].Chain != "chain") {
				t.Errorf("%+v", r)
			}
			add(t, f, newNote("three", "chain", 3))
			if r := check(t, f); (r.Tail == record.Proven) != whole {
				t.Errorf("after the next: %+v", r)
			}
		})
	}
}
