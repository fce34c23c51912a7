package drillevidence_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

func newStore(t *testing.T) drillevidence.Store {
	return drillevidence.Store{Dir: filepath.Join(t.TempDir(), "with a space", "evidence")}
}

// named is the story as another run, recorded so many days later.
func named(s story, id string, days float64) drillevidence.Document {
	s.run.ID = id
	in := s.input()
	in.RecordedAt = in.RecordedAt.Add(time.Duration(days * float64(day)))
	return drillevidence.Build(in, s.execution())
}

func write(t *testing.T, s drillevidence.Store, documents ...drillevidence.Document) {
	t.Helper()
	for _, d := range documents {
		if _, err := s.Write(d); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWriteAndRead(t *testing.T) {
	s := newStore(t)
	d := passed().document()
	path, err := s.Write(d)
	if err != nil {
		t.Fatal(err)
	}
	back, err := s.Read(d.ID)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := drillevidence.Encode(d)
	b, _ := drillevidence.Encode(back)
	if diff := cmp.Diff(string(a), string(b)); diff != "" {
		t.Error(diff)
	}
	report, err := s.WriteReport(d.ID)
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]fs.FileMode{s.Dir: 0o700 | fs.ModeDir, path: 0o600, report: 0o600} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", p, info.Mode(), want)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	html, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(html), drillevidence.SHA256(text)) {
		t.Error("the report does not name the file it was drawn from")
	}
	if names := namesIn(t, s.Dir); len(names) != 2 {
		t.Errorf("something was left beside document and report: %q", names)
	}
}

func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestWhatIsRecordedStays(t *testing.T) {
	s := newStore(t)
	d := passed().document()
	write(t, s, d)
	before, err := os.ReadFile(s.Path(d.ID))
	if err != nil {
		t.Fatal(err)
	}

	later := d
	later.RecordedAt = later.RecordedAt.Add(day)
	later.Timeline.EndedAt = later.RecordedAt
	path, err := s.Write(later)
	if err != nil || path != s.Path(d.ID) {
		t.Errorf("a repeated recording: %q, %v", path, err)
	}

	other := d
	other.Ending = "FailureDirty"
	if _, err := s.Write(other); !errors.Is(err, drillevidence.ErrDifferent) {
		t.Errorf("another document of the same id: %v", err)
	}
	after, err := os.ReadFile(s.Path(d.ID))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("the document was changed:\n%s", diff)
	}

	if err := os.WriteFile(s.Path(d.ID), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(d); !errors.Is(err, drillevidence.ErrDifferent) {
		t.Errorf("over a damaged document: %v", err)
	}
}

func TestIDsAreFileNames(t *testing.T) {
	s := newStore(t)
	for _, id := range []string{"", ".", "..", "../x", "a/b", `a\b`, ".hidden", "a\x00b", "a b", "ä", strings.Repeat("x", 201)} {
		d := passed().document()
		d.ID = id
		if _, err := s.Write(d); err == nil {
			t.Errorf("%q was written", id)
		}
		if _, err := s.Read(id); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q was looked for: %v", id, err)
		}
	}
}

func TestListIsNewestFirstAndSaysWhatItCouldNotRead(t *testing.T) {
	s := newStore(t)
	if documents, problems, err := s.List(); err != nil || len(documents)+len(problems) != 0 {
		t.Errorf("a folder that is not there: %v %v %v", documents, problems, err)
	}
	write(t, s, named(passed(), "second", 2), named(noBackup(), "third", 3), named(dirty(), "first", 1))
	for name, content := range map[string]string{
		"torn.json": `{"schemaVersion": 1, "id": "torn", "runId`, "empty.json": "", "foreign.json": `{"name": "package"}`,
		"newer.json": `{"schemaVersion": 99, "id": "newer"}`, "misnamed.json": `{"schemaVersion": 1, "id": "else"}`,
		"odd name.json": "{}", ".tmp-123": "{", "notes.txt": "mine", "first.html": "",
	} {
		if err := os.WriteFile(filepath.Join(s.Dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(s.Dir, "folder.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(s.Dir, "dangling.json")); err != nil {
		t.Fatal(err)
	}
	documents, problems, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	var ids, unread []string
	for _, d := range documents {
		ids = append(ids, d.ID)
	}
	for _, p := range problems {
		unread = append(unread, filepath.Base(p.Path))
	}
	slices.Sort(unread)
	if diff := cmp.Diff([]string{"third", "second", "first"}, ids); diff != "" {
		t.Error(diff)
	}
	want := []string{"dangling.json", "empty.json", "foreign.json", "misnamed.json", "newer.json", "odd name.json", "torn.json"}
	if diff := cmp.Diff(want, unread); diff != "" {
		t.Error(diff)
	}
	// None of them stops a drill.
	write(t, s, named(passed(), "fourth", 4))
}

func TestAFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := drillevidence.Store{Dir: filepath.Join(file, "evidence")}
	if _, err := s.Write(passed().document()); err == nil {
		t.Error("written into a file")
	}
	if _, err := s.WriteReport("none"); err == nil {
		t.Error("a report of nothing")
	}
}

func TestVerifyFollowsTheLinks(t *testing.T) {
	other := passed()
	other.spec.Database = "stock-db"
	fill := func(t *testing.T) drillevidence.Store {
		s := newStore(t)
		write(t, s, named(passed(), "one", 1), named(other, "stock", 1.5), named(rpoMissed(), "two", 2), named(passed(), "three", 3))
		return s
	}
	cases := map[string]struct {
		reason string
		harm   func(s drillevidence.Store) error
		found  []string // documents with a problem
	}{
		"untouched": {"", func(drillevidence.Store) error { return nil }, nil},
		"changed": {"two names one by its hash", func(s drillevidence.Store) error {
			text, err := os.ReadFile(s.Path("one"))
			if err != nil {
				return err
			}
			return os.WriteFile(s.Path("one"), []byte(strings.Replace(string(text), "Passed", "FailureClean", 1)), 0o600)
		}, []string{"one"}},
		"removed": {"three names two", func(s drillevidence.Store) error { return os.Remove(s.Path("two")) }, []string{"two"}},
		"damaged": {"it cannot be read, and three names it", func(s drillevidence.Store) error {
			return os.Truncate(s.Path("two"), 100)
		}, []string{"two"}},
		"the newest removed": {"nothing names it: that does not show", func(s drillevidence.Store) error { return os.Remove(s.Path("three")) }, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := fill(t)
			if err := c.harm(s); err != nil {
				t.Fatal(err)
			}
			report, err := drillevidence.Verify(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			for _, p := range report.Problems {
				found = append(found, p.ID)
			}
			slices.Sort(found)
			found = slices.Compact(found)
			if diff := cmp.Diff(c.found, found); diff != "" {
				t.Errorf("%s: %v\n%s", c.reason, report.Problems, diff)
			}
		})
	}
	links := map[string]string{}
	documents, _, _ := fill(t).List()
	for _, d := range documents {
		if d.Previous != nil {
			links[d.ID] = d.Previous.ID
		}
	}
	if diff := cmp.Diff(map[string]string{"two": "one", "three": "two"}, links); diff != "" {
		t.Errorf("each names the one before it of its own database:\n%s", diff)
	}
}
