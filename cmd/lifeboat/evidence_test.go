package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/world/local"
)

// withEvidence is a working folder with three drills of one database: run-1,
// run-2 and run-3.
func withEvidence(t *testing.T) (*cli, drillevidence.Store) {
	t.Helper()
	c := newCLI(t)
	store := local.StoreIn(filepath.Join(c.dir, ".lifeboat"))
	for i := range 3 {
		if _, err := store.Write(drilled(i + 1)); err != nil {
			t.Fatal(err)
		}
	}
	return c, store
}

func drilled(n int) drillevidence.Document {
	at := time.Date(2026, 11, n, 3, 0, 0, 0, time.UTC)
	id := fmt.Sprintf("run-%d", n)
	return drillevidence.Build(drill.EvidenceInput{
		ID: id, Run: drill.Run{ID: id, Deployment: "prod", StartedAt: at, StartedBy: "ops"},
		Spec:    drill.Spec{Deployment: "prod", Workload: "shop", Database: "db", Kind: "postgres"},
		Verdict: drill.Verdict{Ending: drill.FailureClean, Findings: []drill.Finding{{Severity: drill.Failed, Code: "NoBackup", What: "no backup \x1b[2J"}}},
		Removal: drill.Removal{Clean: true}, RecordedAt: at.Add(time.Minute),
	}, drillevidence.Execution{})
}

// A file that one may not read was not looked at: that is no tampering.
func TestEvidenceOfAnotherUser(t *testing.T) {
	c, store := withEvidence(t)
	must(t, os.CopyFS(filepath.Join(c.dir, "copied"), os.DirFS(store.Dir)))
	if os.Geteuid() == 0 {
		passable(t, c.dir)
		c.credential = &syscall.Credential{Uid: ordinary, Gid: ordinary}
	}
	must(t, os.Chmod(filepath.Join(c.dir, "copied"), 0o755))
	must(t, os.Chmod(filepath.Join(c.dir, "copied", "run-2.json"), 0))
	code, stdout, stderr := c.run("evidence", "verify", "--from", "copied", "--json")
	if code != 70 || !strings.Contains(stdout, "permission denied") || !strings.Contains(stderr, "owner of the folder") {
		t.Errorf("exit %d, %s %s", code, stdout, stderr)
	}
}

// passable lets others through the folders of a test.
func passable(t *testing.T, dir string) {
	t.Helper()
	for ; strings.HasPrefix(dir, os.TempDir()) && dir != os.TempDir(); dir = filepath.Dir(dir) {
		must(t, os.Chmod(dir, 0o755))
	}
}

// TestEvidenceVerify: the exit code, and one document on stdout whatever is
// wrong.
func TestEvidenceVerify(t *testing.T) {
	state := []string{}
	copied := []string{"--from", ".lifeboat/evidence"}
	withHeads := []string{"--from", ".lifeboat/evidence", "--heads", ".lifeboat/heads"}
	remove := func(ids ...string) func(drillevidence.Store) error {
		return func(s drillevidence.Store) error {
			for _, id := range ids {
				if err := os.Remove(s.Path(id)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	edit := func(id string) func(drillevidence.Store) error {
		return func(s drillevidence.Store) error {
			text, err := os.ReadFile(s.Path(id))
			if err != nil {
				return err
			}
			return os.WriteFile(s.Path(id), []byte(strings.Replace(string(text), "FailureClean", "Passed", 1)), 0o600)
		}
	}
	for name, tc := range map[string]struct {
		reason string
		args   []string
		spoil  func(drillevidence.Store) error
		code   int
		tail   record.Tail
		kind   record.Kind // of the first problem
	}{
		"whole":                 {"nothing is wrong", state, remove(), 0, record.Proven, ""},
		"a copied folder":       {"it has no head", copied, remove(), 0, record.Unproven, ""},
		"with heads elsewhere":  {"they are compared with", withHeads, remove(), 0, record.Proven, ""},
		"edited":                {"the next one names it", state, edit("run-1"), 2, record.Proven, record.Changed},
		"edited, copied":        {"the same, offline", copied, edit("run-2"), 2, record.Unproven, record.Changed},
		"the newest edited":     {"the head names it", state, edit("run-3"), 2, record.Broken, record.Changed},
		"removed":               {"the next one names it", state, remove("run-2"), 2, record.Proven, record.Missing},
		"cut tail":              {"the head names it", state, remove("run-3"), 2, record.Broken, record.Missing},
		"cut tail, copied":      {"nobody can know, and that is said", copied, remove("run-3"), 0, record.Unproven, ""},
		"cut tail, other heads": {"those know", withHeads, remove("run-3", "run-2"), 2, record.Broken, record.Missing},
		"all removed":           {"the head knows", state, remove("run-1", "run-2", "run-3"), 2, record.Broken, record.Missing},
		"no heads":              {"nobody can know", state, func(s drillevidence.Store) error { return os.RemoveAll(s.Heads) }, 0, record.Unproven, ""},
		"nothing":               {"there is nothing to verify", []string{"--from", "nowhere"}, remove(), 64, record.Unproven, ""},
		"no such heads":         {"it was mistyped", []string{"--from", ".lifeboat/evidence", "--heads", "nowhere"}, remove(), 64, "none", ""},
		"both":                  {"which of the two", []string{"--aws", "--from", "x"}, remove(), 64, "none", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, store := withEvidence(t)
			if err := tc.spoil(store); err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := c.run(append([]string{"evidence", "verify", "--json"}, tc.args...)...)
			if code != tc.code {
				t.Errorf("%s: exit %d, %s %s", tc.reason, code, stdout, stderr)
			}
			if tc.tail == "none" {
				return
			}
			var v verification
			if err := json.Unmarshal([]byte(stdout), &v); err != nil {
				t.Fatalf("%q: %v", stdout, err)
			}
			if v.Tail != tc.tail || v.Verified != (tc.code == 0) || tc.kind != "" && v.Problems[0].Kind != tc.kind {
				t.Errorf("%s: %s", tc.reason, stdout)
			}
			plain, forPeople, _ := c.run(append([]string{"evidence", "verify"}, tc.args...)...)
			if plain != tc.code || tc.code == 0 && tc.tail == record.Unproven && !strings.Contains(forPeople, "cannot be proven") {
				t.Errorf("for people: exit %d, %s", plain, forPeople)
			}
			if tc.kind != "" && (v.Problems[0].Chain != "prod/shop/db" || !strings.HasPrefix(forPeople, string(tc.kind)) || !strings.Contains(forPeople, "prod/shop/db: problems ")) {
				t.Errorf("for people, what is wrong comes first: %s", forPeople)
			}
			if _, _, warned := c.run("history"); len(tc.args) == 0 && strings.Contains(warned, "not what was recorded") != (tc.kind != "") {
				t.Errorf("history: %s", warned)
			}
		})
	}
}

func TestEvidenceListShowReport(t *testing.T) {
	c, store := withEvidence(t)
	if err := os.WriteFile(filepath.Join(store.Dir, "a\x1b[2J.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := c.run("evidence", "list", "--json")
	var rows []ui.ListedEvidence
	if err := json.Unmarshal([]byte(stdout), &rows); err != nil || code != 0 {
		t.Fatal(code, stdout, stderr, err)
	}
	if len(rows) != 3 || rows[0].ID != "run-3" || rows[2].ID != "run-1" || rows[0].Database != "shop/db" || !strings.Contains(stderr, "not readable as evidence") {
		t.Errorf("%+v, %s", rows, stderr)
	}
	stored, err := os.ReadFile(store.Path("run-2"))
	if err != nil {
		t.Fatal(err)
	}
	if code, stdout, _ := c.run("evidence", "show", "run-2", "--json"); code != 0 || stdout != string(stored) {
		t.Errorf("not as it is stored: exit %d, %s", code, stdout)
	}
	for _, args := range [][]string{{"list"}, {"show", "run-2"}, {"verify"}} {
		code, stdout, stderr := c.run(append([]string{"evidence"}, args...)...)
		if args[0] != "verify" && (code != 0 || !strings.Contains(stdout, "shop/db")) {
			t.Errorf("%s: exit %d, %s %s", args, code, stdout, stderr)
		}
		if strings.Contains(stdout+stderr, "\x1b") {
			t.Errorf("%s: a name reaches the terminal: %q", args, stdout+stderr)
		}
	}
	if code, _, stderr := c.run("evidence", "report", "run-2", "--to", "page.html"); code != 0 {
		t.Errorf("exit %d, %s", code, stderr)
	}
	page, err := os.ReadFile(filepath.Join(c.dir, "page.html"))
	if err != nil || !strings.Contains(string(page), drillevidence.SHA256(stored)) {
		t.Errorf("the page does not name its document: %v", err)
	}
	for name, tc := range map[string]struct {
		args []string
		code int
	}{
		"no such document": {[]string{"show", "run-9"}, 64},
		"no ID":            {[]string{"show", "../run-1"}, 64},
		"no evidence":      {[]string{"report", "bad", "--to", "x.html"}, 2},
		"where to":         {[]string{"report", "run-1"}, 64},
		"to nowhere":       {[]string{"report", "run-1", "--to", "none/x.html"}, 64},
		"which":            {[]string{"show"}, 64},
		"unknown":          {[]string{"shwo"}, 64},
	} {
		if err := os.WriteFile(store.Path("bad"), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, stdout, stderr := c.run(append([]string{"evidence"}, tc.args...)...); code != tc.code || stdout != "" {
			t.Errorf("%s: exit %d, %s %s", name, code, stdout, stderr)
		}
	}
}

// TestEvidenceUnderTheNameOfAnother: a copy of a good drill's document over that
// of a bad one is not shown as its outcome by anything that reads one by its name.
func TestEvidenceUnderTheNameOfAnother(t *testing.T) {
	c, store := withEvidence(t)
	good := drilled(4)
	good.Ending = string(drill.Passed)
	_, err := store.Write(good)
	must(t, err)
	text, err := os.ReadFile(store.Path("run-4"))
	must(t, err)
	must(t, os.WriteFile(store.Path("run-2"), text, 0o600))
	refusesTheCopy(t, c, "run-2", "run-4")

	past, unread := store.Past(t.Context(), "shop/db")
	if unread == nil || !strings.Contains(unread.Error(), "record of run-4") {
		t.Errorf("the next drill learns from it: %+v, %v", past, unread)
	}
}

func refusesTheCopy(t *testing.T, c *cli, id, of string, world ...string) {
	t.Helper()
	why := "it is the record of " + of
	for name, args := range map[string][]string{
		"show": {"show", id}, "show --json": {"show", id, "--json"}, "report": {"report", id, "--to", "page.html"},
	} {
		code, stdout, stderr := c.run(append(append([]string{"evidence"}, args...), world...)...)
		if code != 2 || strings.Contains(stdout, "Passed") || !strings.Contains(stderr, "not the evidence of "+id) || !strings.Contains(stderr, why) || !strings.Contains(stderr, "hint: ") {
			t.Errorf("%s: exit %d, %s %s", name, code, stdout, stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(c.dir, "page.html")); err == nil {
		t.Error("a page was drawn")
	}
	for _, args := range [][]string{{"list"}, {"list", "--json"}} {
		code, stdout, stderr := c.run(append(append([]string{"evidence"}, args...), world...)...)
		if code != 2 || strings.Contains(stdout, id) || !strings.Contains(stdout, of) || !strings.Contains(stderr, why) {
			t.Errorf("%s: exit %d, %s %s", args, code, stdout, stderr)
		}
	}
	if code, stdout, stderr := c.run(append([]string{"history", "--json"}, world...)...); code != 0 || strings.Count(stdout, `"Passed"`) != 1 || !strings.Contains(stderr, why) {
		t.Errorf("history: exit %d, %s %s", code, stdout, stderr)
	}
	if code, stdout, _ := c.run(append([]string{"evidence", "show", of}, world...)...); code != 0 || !strings.Contains(stdout, "Passed") {
		t.Errorf("the one that was copied: exit %d, %s", code, stdout)
	}
}
