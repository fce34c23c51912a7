package record_test

import (
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// indexed is what a bucket holds, and what its index says of it.
type indexed struct {
	t         *testing.T
	items     map[string]record.Item
	head      *record.Link
	announced []record.Next
}

// note puts a record there, linked to another: before "" is none.
func (x *indexed) note(id, before string) record.Link {
	x.t.Helper()
	var previous *record.Link
	if before != "" {
		previous = &record.Link{ID: before, SHA256: x.items[before].SHA256}
	}
	text, err := newNote(id, "chain", 1).Encode(previous)
	if err != nil {
		x.t.Fatal(err)
	}
	x.items[id] = record.ItemOf(id, text, header)
	return record.Link{ID: id, SHA256: x.items[id].SHA256}
}

func (x *indexed) announce(l record.Link) record.Link {
	x.announced = append(x.announced, record.Next{Link: l, RecordedAt: noon})
	return l
}

func (x *indexed) check() record.Report {
	heads := record.Heads{Of: map[string]record.Head{}, Announcements: map[string][]record.Next{"chain": x.announced}}
	if x.head != nil {
		heads.Of["chain"] = record.Head{Chain: "chain", Link: *x.head, RecordedAt: noon}
	}
	items := make([]record.Item, 0, len(x.items))
	for _, item := range x.items {
		items = append(items, item)
	}
	return record.Check(items, heads)
}

// TestAnIndexThatAnnounces: a recording that was cut off between the document
// and the index is told from an addition, whatever was recorded afterwards.
func TestAnIndexThatAnnounces(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		spoil  func(x *indexed)
		tail   record.Tail
		kind   record.Kind // of the first problem; "": there is none
		note   string
	}{
		"whole":                  {"", func(*indexed) {}, record.Proven, "", ""},
		"cut off at the end":     {"it was announced", func(x *indexed) { x.announce(x.note("x", "two")) }, record.Proven, "", "x follows"},
		"added at the end":       {"whoever announced the newest announces the next", func(x *indexed) { x.note("x", "two") }, record.Broken, record.Added, ""},
		"cut off in between":     {"the next went on without it", func(x *indexed) { x.announce(x.note("x", "one")) }, record.Proven, "", "goes on without it"},
		"cut off, all at once":   {"each says so", func(x *indexed) { x.announce(x.note("x", "two")); x.announce(x.note("y", "two")) }, record.Proven, "", "goes on without it"},
		"cut off as the first":   {"one of two that are the first", func(x *indexed) { x.announce(x.note("x", "")) }, record.Proven, "", "goes on without it"},
		"added in between":       {"nobody announced it", func(x *indexed) { x.note("x", "one") }, record.Broken, record.Added, ""},
		"changed after a cut":    {"another was announced", func(x *indexed) { x.announce(x.note("x", "one")); x.note("x", "") }, record.Broken, record.Changed, ""},
		"another than announced": {"", func(x *indexed) { x.announce(record.Link{ID: "x", SHA256: record.SHA256(nil)}); x.note("x", "two") }, record.Broken, record.Changed, ""},
		"never written":          {"or removed", func(x *indexed) { x.announce(record.Link{ID: "x", SHA256: record.SHA256(nil)}) }, record.Unproven, "", "was cut off before its document was written"},
		"made again":             {"the first attempt wrote nothing", func(x *indexed) { x.announce(record.Link{ID: "two", SHA256: record.SHA256(nil)}) }, record.Proven, "", ""},
		"from before":            {"nothing was announced then", func(x *indexed) { x.announced = nil; x.note("x", "two") }, record.Proven, "", "or somebody put it there"},
		"index gone":             {"announcements are no head", func(x *indexed) { x.head = nil; x.note("x", "one") }, record.Unproven, record.Added, "cannot be proven"},
	} {
		t.Run(name, func(t *testing.T) {
			x := &indexed{t: t, items: map[string]record.Item{}}
			x.announce(x.note("one", ""))
			newest := x.announce(x.note("two", "one"))
			x.head = &newest
			tc.spoil(x)
			r := x.check()
			if r.Tail != tc.tail || r.Holds() != (tc.kind == "") || tc.kind != "" && r.Problems[0].Kind != tc.kind {
				t.Errorf("%s: %+v", tc.reason, r)
			}
			if notes := strings.Join(r.Chains[0].Notes, "\n"); !strings.Contains(notes, tc.note) || (tc.note == "") != (notes == "") {
				t.Errorf("%s: it says %q", tc.reason, notes)
			}
		})
	}
}
