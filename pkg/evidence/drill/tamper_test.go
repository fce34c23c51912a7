package drillevidence_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// bundle is what a store recorded, in memory: 50 documents of two databases.
type bundle struct {
	texts map[string][]byte
	items map[string]record.Item
	heads record.Heads
	ids   []string // in the order of recording
}

func recordBundle(t *testing.T) bundle {
	t.Helper()
	s := newStore(t)
	s.Heads = filepath.Join(t.TempDir(), "heads")
	b := bundle{texts: map[string][]byte{}, items: map[string]record.Item{}}
	for i := range 50 {
		story := noBackup()
		if i%2 == 1 {
			story.spec.Database = "stock-db"
		}
		id := fmt.Sprintf("run-%02d", i)
		write(t, s, named(story, id, float64(i)))
		b.ids = append(b.ids, id)
	}
	for _, id := range b.ids {
		text, err := s.Text(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		b.put(id, text)
	}
	var err error
	if b.heads, err = s.KeptHeads(); err != nil || len(b.heads.Of) != 2 {
		t.Fatalf("%v, %v", b.heads, err)
	}
	return b
}

func (b bundle) put(id string, text []byte) {
	b.texts[id], b.items[id] = text, record.ItemOf(id, text, drillevidence.FolderHeader)
}

// with is a copy that can be spoiled.
func (b bundle) with(spoil func(bundle)) bundle {
	b.texts, b.items, b.ids = maps.Clone(b.texts), maps.Clone(b.items), slices.Clone(b.ids)
	b.heads.Of = maps.Clone(b.heads.Of)
	spoil(b)
	return b
}

func (b bundle) check() record.Report {
	return record.Check(slices.Collect(maps.Values(b.items)), b.heads)
}

func (b bundle) remove(ids ...string) {
	for _, id := range ids {
		delete(b.texts, id)
		delete(b.items, id)
	}
}

// chain are the documents of one of the two databases, oldest first.
func (b bundle) chain(database int) []string {
	var ids []string
	for i, id := range b.ids {
		if i%2 == database {
			ids = append(ids, id)
		}
	}
	return ids
}

// IDs and Text implement record.Source.
func (b bundle) IDs(context.Context) ([]string, error) {
	return slices.Collect(maps.Keys(b.texts)), nil
}
func (b bundle) Text(_ context.Context, id string) ([]byte, error) { return b.texts[id], nil }

func mustFind(t *testing.T, what string, b bundle) {
	t.Helper()
	if r := b.check(); r.Holds() {
		t.Errorf("%s is not found: %+v", what, r)
	}
}

func TestTheUntouchedBundleHolds(t *testing.T) {
	b := recordBundle(t)
	items, err := record.Read(t.Context(), b, drillevidence.FolderHeader)
	if err != nil {
		t.Fatal(err)
	}
	r := record.Check(items, b.heads)
	if !r.Holds() || r.Tail != record.Proven || r.Documents != 50 || len(r.Chains) != 2 {
		t.Errorf("%+v", r)
	}
	for _, c := range r.Chains {
		if c.Documents != 25 || len(c.Notes) > 0 {
			t.Errorf("%+v", c)
		}
	}
}

// TestEveryChangedByteIsFound changes every byte of every document, one at a
// time; only what is changed is read anew.
func TestEveryChangedByteIsFound(t *testing.T) {
	b := recordBundle(t)
	step := 1
	if testing.Short() {
		step = 41
	}
	var tests sync.WaitGroup
	for n, id := range b.ids {
		tests.Go(func() {
			mine := b.with(func(bundle) {})
			text := slices.Clone(b.texts[id])
			all := slices.Collect(maps.Values(mine.items))
			at := slices.IndexFunc(all, func(i record.Item) bool { return i.ID == id })
			for i := n % step; i < len(text); i += step {
				was := text[i]
				text[i] = was ^ byte(1<<(i%8))
				all[at] = record.ItemOf(id, text, drillevidence.FolderHeader)
				if record.Check(all, b.heads).Holds() {
					t.Errorf("%s, byte %d: %q for %q is not found", id, i, text[i], was)
				}
				text[i] = was
			}
		})
	}
	tests.Wait()
}

func TestEveryRemovalIsFound(t *testing.T) {
	b := recordBundle(t)
	for i, id := range b.ids {
		mustFind(t, "without "+id, b.with(func(b bundle) { b.remove(id) }))
		mustFind(t, fmt.Sprintf("the first %d removed", i+1), b.with(func(b bundle) { b.remove(b.ids[:i+1]...) }))
		mustFind(t, fmt.Sprintf("the last %d removed", len(b.ids)-i), b.with(func(b bundle) { b.remove(b.ids[i:]...) }))
		for _, other := range b.ids[i+1:] {
			mustFind(t, "without "+id+" and "+other, b.with(func(b bundle) { b.remove(id, other) }))
		}
	}
}

func TestEveryExchangeIsFound(t *testing.T) {
	b := recordBundle(t)
	for i, one := range b.ids {
		for _, other := range b.ids[i+1:] {
			mustFind(t, one+" and "+other+" exchanged", b.with(func(b bundle) {
				a, o := b.texts[one], b.texts[other]
				b.put(one, o)
				b.put(other, a)
			}))
		}
	}
}

// TestEveryForgeryIsFound adds copies, copies with an ID of their own, and
// documents that name any other, or none, as the one before.
func TestEveryForgeryIsFound(t *testing.T) {
	b := recordBundle(t)
	for _, id := range b.ids {
		mustFind(t, "a copy of "+id, b.with(func(b bundle) { b.put("run-99", b.texts[id]) }))
		mustFind(t, "a renamed copy of "+id, b.with(func(b bundle) {
			b.put("run-99", []byte(strings.Replace(string(b.texts[id]), `"id": "`+id, `"id": "run-99`, 1)))
		}))
		for _, before := range append([]string{""}, b.ids...) {
			mustFind(t, "a forged one like "+id+" after "+before, b.with(func(b bundle) { b.put("run-99", b.forge(t, id, "run-99", before)) }))
		}
	}
}

// forge is a document like another, with links that are right.
func (b bundle) forge(t *testing.T, like, id, before string) []byte {
	t.Helper()
	d, err := drillevidence.Decode(b.texts[like])
	if err != nil {
		t.Fatal(err)
	}
	d.ID, d.RunID, d.Previous = id, id, nil
	if before != "" {
		d.Previous = &drillevidence.Previous{ID: before, SHA256: drillevidence.SHA256(b.texts[before])}
	}
	text, err := drillevidence.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestEveryCutTailIsFound, by the heads; without them it cannot be, and that is
// said.
func TestEveryCutTailIsFound(t *testing.T) {
	b := recordBundle(t)
	for database := range 2 {
		chain := b.chain(database)
		for i := range chain {
			cut := b.with(func(b bundle) { b.remove(chain[i:]...) })
			mustFind(t, fmt.Sprintf("%s without %d", chain[0], len(chain)-i), cut)
			r := cut.check()
			if r.Tail != record.Broken || r.Problems[0].Kind != record.Missing {
				t.Errorf("%+v", r)
			}
			r = cut.with(func(b bundle) { clear(b.heads.Of) }).check()
			if !r.Holds() || r.Tail != record.Unproven || len(r.Chains[0].Notes) != 1 {
				t.Errorf("without heads: %+v", r)
			}
		}
	}
}

// TestEveryRewritingIsFound: the chain is made anew from any document on, with
// links that are right, so that only the head knows better.
func TestEveryRewritingIsFound(t *testing.T) {
	b := recordBundle(t)
	for database := range 2 {
		chain := b.chain(database)
		for i := range chain {
			rewritten := b.with(func(b bundle) {
				for n := i; n < len(chain); n++ {
					before := ""
					if n > 0 {
						before = chain[n-1]
					}
					text := b.forge(t, chain[n], chain[n], before)
					if n == i {
						text = []byte(strings.Replace(string(text), `"FailureClean"`, `"Passed"`, 1))
					}
					b.put(chain[n], text)
				}
			})
			mustFind(t, "rewritten from "+chain[i], rewritten)
			if r := rewritten.with(func(b bundle) { clear(b.heads.Of) }).check(); !r.Holds() || r.Tail != record.Unproven {
				t.Errorf("without heads it is a chain like any other, whose tail is not proven: %+v", r)
			}
		}
	}
}

// TestKilledAnywhereWhileRecording: what a kill leaves is not called tampering,
// is said, and the next recording goes on from it.
func TestKilledAnywhereWhileRecording(t *testing.T) {
	for _, first := range []bool{true, false} {
		for _, left := range []string{"nothing but the announcement", "the document"} {
			t.Run(fmt.Sprintf("%s, the first %v", left, first), func(t *testing.T) {
				s := newStore(t)
				s.Heads = filepath.Join(t.TempDir(), "heads")
				if !first {
					write(t, s, named(passed(), "one", 1))
				}
				before := headFiles(t, s.Heads)
				write(t, s, named(passed(), "two", 2))
				announceAgain(t, s, before)
				want, tail := 0, record.Unproven // it may have been removed as well
				if left == "the document" {
					want, tail = 1, record.Proven
				} else if err := os.Remove(s.Path("two")); err != nil {
					t.Fatal(err)
				}
				r, err := drillevidence.Verify(t.Context(), s)
				if err != nil || !r.Holds() || r.Tail != tail || len(r.Chains[0].Notes) != 1 || !strings.Contains(r.Chains[0].Notes[0], "two") {
					t.Errorf("after the kill: %+v, %v", r, err)
				}
				if left == "the document" {
					forged := named(passed(), "forged", 2)
					forged.Previous = mustRead(t, s, "two").Previous
					text, _ := drillevidence.Encode(forged)
					if err := os.WriteFile(s.Path("forged"), text, 0o600); err != nil {
						t.Fatal(err)
					}
					if r, err := drillevidence.Verify(t.Context(), s); err != nil || r.Holds() {
						t.Errorf("a forgery beside the one that was announced: %+v, %v", r, err)
					}
					if err := os.Remove(s.Path("forged")); err != nil {
						t.Fatal(err)
					}
				}
				write(t, s, named(passed(), "two", 2.5), named(passed(), "three", 3))
				r, err = drillevidence.Verify(t.Context(), s)
				if err != nil || !r.Holds() || r.Tail != record.Proven || len(r.Chains[0].Notes) != 0 || r.Chains[0].Newest != "three" {
					t.Errorf("after the next recording (%d there): %+v, %v", want, r, err)
				}
			})
		}
	}
}

func mustRead(t *testing.T, s drillevidence.Store, id string) drillevidence.Document {
	t.Helper()
	d, err := s.Read(id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func headFiles(t *testing.T, dir string) map[string]record.Head {
	t.Helper()
	heads, err := record.HeadFolder{Dir: dir}.Heads()
	if err != nil {
		t.Fatal(err)
	}
	return heads.Of
}

// announceAgain turns the heads back to the moment before they moved.
func announceAgain(t *testing.T, s drillevidence.Store, before map[string]record.Head) {
	t.Helper()
	for chain, now := range headFiles(t, s.Heads) {
		head, kept := before[chain]
		if !kept {
			head = record.Head{Chain: chain, Count: new(int)} // as it begins
		}
		head.Next = &record.Next{Link: now.Link, RecordedAt: now.RecordedAt}
		if err := (record.HeadFolder{Dir: s.Heads}).Keep(head); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOddFilesAreSaidAndBounded: what lies in the folder and is no document.
func TestOddFilesAreSaidAndBounded(t *testing.T) {
	for name, c := range map[string]struct {
		reason string
		make   func(path string) error
	}{
		"ünï.json":       {"no ID", func(p string) error { return os.WriteFile(p, []byte("{}"), 0o600) }},
		"a\x1b[2Jb.json": {"no ID", func(p string) error { return os.WriteFile(p, []byte("{}"), 0o600) }},
		"link.json":      {"what it leads to may be exchanged", func(p string) error { return os.Symlink("one.json", p) }},
		"loop.json":      {"it leads nowhere", func(p string) error { return os.Symlink("loop.json", p) }},
		"huge.json":      {"it is not read", func(p string) error { return sparse(p, 1<<40) }},
		"foreign.json":   {"no evidence", func(p string) error { return os.WriteFile(p, []byte(`{"name": "x"}`), 0o600) }},
		"newer.json":     {"not understood", func(p string) error { return os.WriteFile(p, []byte(`{"schemaVersion": 99, "id": "newer"}`), 0o600) }},
		"locked.json":    {"not readable", func(p string) error { return os.WriteFile(p, []byte("{}"), 0) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			s.Heads = filepath.Join(t.TempDir(), "heads")
			write(t, s, named(passed(), "one", 1))
			if err := c.make(filepath.Join(s.Dir, name)); err != nil {
				t.Skip(err)
			}
			r, err := drillevidence.Verify(t.Context(), s)
			if err != nil || len(r.Problems) != 1 || r.Problems[0].Kind != record.Unreadable || r.Problems[0].ID+".json" != name {
				t.Errorf("%s: %+v, %v", c.reason, r, err)
			}
			write(t, s, named(passed(), "two", 2)) // it stops no drill
		})
	}
}

func sparse(path string, size int64) error {
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	return os.Truncate(path, size)
}

// TestHeadsThatAreOfNoUse stop no drill, and are said.
func TestHeadsThatAreOfNoUse(t *testing.T) {
	s := newStore(t)
	s.Heads = filepath.Join(t.TempDir(), "heads")
	write(t, s, named(passed(), "one", 1))
	files, _ := filepath.Glob(filepath.Join(s.Heads, "*.json"))
	if len(files) != 1 {
		t.Fatal(files)
	}
	if err := os.WriteFile(files[0], []byte(`{"chain": "else"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := drillevidence.Verify(t.Context(), s)
	if err != nil || len(r.Problems) != 1 || r.Problems[0].Kind != record.BadHead || r.Tail != record.Unproven {
		t.Errorf("%+v, %v", r, err)
	}
	write(t, s, named(passed(), "two", 2))
	r, err = drillevidence.Verify(t.Context(), s)
	if err != nil || !r.Holds() || r.Tail != record.Unproven || len(r.Chains[0].Notes) != 1 {
		t.Errorf("the next recording makes a new one, and the doubt stays: %+v, %v", r, err)
	}
}

// TestEvidenceFromBeforeThereWereHeads gets one with the next recording.
func TestEvidenceFromBeforeThereWereHeads(t *testing.T) {
	s := newStore(t)
	write(t, s, named(passed(), "one", 1), named(passed(), "two", 2))
	s.Heads = filepath.Join(t.TempDir(), "heads")
	if r, err := drillevidence.Verify(t.Context(), s); err != nil || !r.Holds() || r.Tail != record.Unproven {
		t.Errorf("%+v, %v", r, err)
	}
	write(t, s, named(passed(), "three", 3))
	if r, err := drillevidence.Verify(t.Context(), s); err != nil || !r.Holds() || r.Tail != record.Unproven || len(r.Chains[0].Notes) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, head := range headFiles(t, s.Heads) {
		if head.Count == nil || *head.Count != 3 || head.ID != "three" {
			t.Errorf("%+v", head)
		}
	}
}

// TestARemovedNewestIsMissedByTheNext: the next recording names what the head
// names, not what happens to lie there, and covers nothing up.
func TestARemovedNewestIsMissedByTheNext(t *testing.T) {
	s := newStore(t)
	s.Heads = filepath.Join(t.TempDir(), "heads")
	write(t, s, named(passed(), "one", 1), named(passed(), "two", 2))
	if err := os.Remove(s.Path("two")); err != nil {
		t.Fatal(err)
	}
	write(t, s, named(passed(), "three", 3))
	r, err := drillevidence.Verify(t.Context(), s)
	if err != nil || len(r.Problems) != 1 || r.Problems[0].ID != "two" || r.Problems[0].Kind != record.Missing {
		t.Errorf("%+v, %v", r, err)
	}
}
