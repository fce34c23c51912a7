package record_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// TestTheNextRecordHidesNothing: whoever spoils or removes a head and cuts the
// chain is not covered by what is recorded afterwards.
func TestTheNextRecordHidesNothing(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"spoiled": func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) },
		"removed": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			add(t, f, newNote("one", "a", 1), newNote("two", "a", 2), newNote("three", "a", 3))
			heads, _ := filepath.Glob(filepath.Join(f.Heads, "*.json"))
			if len(heads) != 1 || spoil(heads[0]) != nil || os.Remove(f.Path("three")) != nil {
				t.Fatal(heads)
			}
			add(t, f, newNote("four", "a", 4), newNote("five", "a", 5))
			if r := check(t, f); r.Tail != record.Unproven || len(r.Chains[0].Notes) != 1 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestAnAnnouncedRecordThatIsGone leaves a doubt that the next ones keep.
func TestAnAnnouncedRecordThatIsGone(t *testing.T) {
	f := newFolder(t)
	add(t, f, newNote("one", "a", 1))
	folder := record.HeadFolder{Dir: f.Heads}
	head, _, err := folder.Head("a")
	if err != nil {
		t.Fatal(err)
	}
	head.Next = &record.Next{Link: record.Link{ID: "two", SHA256: record.SHA256(nil)}, RecordedAt: noon}
	if err := folder.Keep(head); err != nil {
		t.Fatal(err)
	}
	add(t, f, newNote("three", "a", 3), newNote("four", "a", 4))
	if r := check(t, f); !r.Holds() || r.Tail != record.Unproven || len(r.Chains[0].Notes) != 1 {
		t.Errorf("%+v", r)
	}
}

// TestFileTimesSayNothing: a copy without heads goes on from the record that no
// other names, whatever the files' times are.
func TestFileTimesSayNothing(t *testing.T) {
	f := newFolder(t)
	add(t, f, newNote("one", "a", 1), newNote("two", "a", 2), newNote("three", "a", 3))
	if err := os.RemoveAll(f.Heads); err != nil {
		t.Fatal(err)
	}
	for i, id := range []string{"three", "one", "two"} {
		at := noon.Add(time.Duration(i) * time.Hour)
		if err := os.Chtimes(f.Path(id), at, at); err != nil {
			t.Fatal(err)
		}
	}
	add(t, f, newNote("four", "a", 4))
	if r := check(t, f); !r.Holds() || r.Chains[0].Newest != "four" || r.Chains[0].Documents != 4 {
		t.Errorf("%+v", r)
	}
}
