package record_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// note is a record of something that is no drill.
type note struct {
	ID       string       `json:"id"`
	Chain    string       `json:"chain"`
	Text     string       `json:"text"`
	Previous *record.Link `json:"previous"`
}

func header(text []byte) (record.Header, error) {
	var n note
	err := json.Unmarshal(text, &n)
	return record.Header{ID: n.ID, Chain: n.Chain, Previous: n.Previous}, err
}

func newNote(id, chain string, minute int) record.New {
	n := note{ID: id, Chain: chain, Text: "said"}
	return record.New{
		ID: id, Chain: chain, RecordedAt: noon.Add(time.Duration(minute) * time.Minute),
		Encode: func(previous *record.Link) ([]byte, error) {
			n.Previous = previous
			return json.Marshal(n)
		},
		Same: func(there []byte) error {
			if !strings.Contains(string(there), n.Text) {
				return record.ErrDifferent
			}
			return nil
		},
	}
}

func newFolder(t *testing.T) record.Folder {
	dir := t.TempDir()
	return record.Folder{Dir: filepath.Join(dir, "notes"), Heads: filepath.Join(dir, "heads"), Header: header}
}

func add(t *testing.T, f record.Folder, notes ...record.New) {
	t.Helper()
	for _, n := range notes {
		if _, err := f.Add(n); err != nil {
			t.Fatal(err)
		}
	}
}

func check(t *testing.T, f record.Folder) record.Report {
	t.Helper()
	items, err := f.Items(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	heads, err := f.KeptHeads()
	if err != nil {
		t.Fatal(err)
	}
	return record.Check(items, heads)
}

// TestChainsOfAnyName: names that a file cannot have, or that look the same as
// one, have heads of their own.
func TestChainsOfAnyName(t *testing.T) {
	f := newFolder(t)
	chains := []string{"a/b", "a_b", "a b", "../../etc", "", "ünï", strings.Repeat("x", 5000), "\x1b[2J", "A_B"}
	for i, chain := range chains {
		add(t, f, newNote(fmt.Sprintf("one-%d", i), chain, i), newNote(fmt.Sprintf("two-%d", i), chain, i+100))
	}
	if r := check(t, f); !r.Holds() || r.Tail != record.Proven || len(r.Chains) != len(chains) {
		t.Errorf("%+v", r)
	}
	names, err := filepath.Glob(filepath.Join(f.Heads, "*"))
	if err != nil || len(names) != len(chains)+1 { // and the lock
		t.Errorf("%q, %v", names, err)
	}
}

// TestManyAtOnce make one chain: two that found the same newest would fork it.
func TestManyAtOnce(t *testing.T) {
	f := newFolder(t)
	var adding sync.WaitGroup
	for i := range 20 {
		adding.Go(func() {
			if _, err := f.Add(newNote(fmt.Sprintf("note-%d", i), "chain", i)); err != nil {
				t.Error(err)
			}
		})
	}
	adding.Wait()
	if r := check(t, f); !r.Holds() || r.Tail != record.Proven || r.Documents != 20 {
		t.Errorf("%+v", r)
	}
}

// TestAHeadThatLeadsElsewhere is none.
func TestAHeadThatLeadsElsewhere(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"link": func(path string) error {
			return errors.Join(os.Rename(path, path+".moved"), os.Symlink(path+".moved", path))
		},
		"renamed": func(path string) error { return os.Rename(path, filepath.Join(filepath.Dir(path), "other.json")) },
		"huge":    func(path string) error { return os.Truncate(path, 1<<40) },
		"torn":    func(path string) error { return os.Truncate(path, 20) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			add(t, f, newNote("one", "chain", 1))
			heads, _ := filepath.Glob(filepath.Join(f.Heads, "*.json"))
			if err := spoil(heads[0]); err != nil {
				t.Fatal(err)
			}
			r := check(t, f)
			if r.Tail != record.Unproven || len(r.Problems) != 1 || r.Problems[0].Kind != record.BadHead {
				t.Errorf("%+v", r)
			}
		})
	}
}

// shelf is a bucket in memory, and its index.
type shelf struct {
	objects   map[string][]byte
	newest    map[string]record.Link
	announced map[string][]record.Next
}

func (s shelf) Newest(_ context.Context, chain string) (record.Link, bool, error) {
	newest, found := s.newest[chain]
	return newest, found, nil
}

func (s shelf) Announce(_ context.Context, chain string, next record.Next) error {
	s.announced[chain] = append(s.announced[chain], next)
	return nil
}

func (s shelf) Add(_ context.Context, r record.Recorded) error {
	s.newest[r.Chain] = r.Link
	return nil
}

func (s shelf) Put(_ context.Context, key, _ string, body []byte) (string, error) {
	if there, taken := s.objects[key]; taken && string(there) != string(body) {
		return "", errors.New(key + " is taken")
	}
	s.objects[key] = body
	return "shelf:" + key, nil
}

func (s shelf) Get(_ context.Context, key string) ([]byte, error) {
	if body, found := s.objects[key]; found {
		return body, nil
	}
	return nil, errors.New(key + " is not there")
}

// TestABucketOfNotes: linked by the index, announced, each recorded once.
func TestABucketOfNotes(t *testing.T) {
	s := shelf{map[string][]byte{}, map[string]record.Link{}, map[string][]record.Next{}}
	b := record.Bucket{
		Documents: s, Index: s, Key: func(id string) string { return id },
		Page: func(text []byte) (record.Page, error) {
			return record.Page{Key: record.SHA256(text), Body: []byte("of " + record.SHA256(text))}, nil
		},
	}
	var items []record.Item
	for _, id := range []string{"one", "two"} {
		for minute := range 2 { // made again, it is the one that is there
			location, err := b.Record(t.Context(), newNote(id, "chain", minute))
			if err != nil || location != "shelf:"+id {
				t.Fatal(location, err)
			}
		}
		items = append(items, record.ItemOf(id, s.objects[id], header))
		if sum := items[len(items)-1].SHA256; s.objects[sum] == nil {
			t.Errorf("%s has no page", id)
		}
	}
	if len(s.objects) != 4 || len(s.announced["chain"]) != 2 {
		t.Errorf("%d objects, announced %v", len(s.objects), s.announced)
	}
	r := record.Check(items, record.Heads{Of: map[string]record.Head{"chain": {Chain: "chain", Link: s.newest["chain"]}}, Announcements: s.announced})
	if !r.Holds() || r.Tail != record.Proven || len(r.Chains[0].Notes) > 0 {
		t.Errorf("%+v", r)
	}
	if _, err := b.Record(t.Context(), newNote("../one", "chain", 1)); !errors.Is(err, record.ErrID) {
		t.Error(err)
	}
	s.objects["one"] = []byte(`{"other": true}`)
	if _, err := b.Record(t.Context(), newNote("one", "chain", 1)); !errors.Is(err, record.ErrDifferent) {
		t.Error(err)
	}
}
