package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// TestEvidenceThatMayNotBeLookedAt was not looked at: exit 70, and nobody is told
// that it was tampered with, or that nothing is wrong.
func TestEvidenceThatMayNotBeLookedAt(t *testing.T) {
	for name, what := range map[string]string{
		"the folder": "evidence", "a document": "evidence/run-2.json", "the heads": "heads", "a head": "heads/*.json",
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := withEvidence(t)
			copied := filepath.Join(c.dir, "copied")
			must(t, os.CopyFS(copied, os.DirFS(filepath.Join(c.dir, ".lifeboat"))))
			for _, dir := range []string{"", "evidence", "heads"} {
				must(t, os.Chmod(filepath.Join(copied, dir), 0o755))
			}
			if os.Geteuid() == 0 {
				passable(t, c.dir)
				c.credential = &syscall.Credential{Uid: ordinary, Gid: ordinary}
			}
			closed, err := filepath.Glob(filepath.Join(copied, what))
			if err != nil || len(closed) != 1 {
				t.Fatal(closed, err)
			}
			args := []string{"evidence", "verify", "--from", "copied/evidence", "--heads", "copied/heads", "--json"}
			if code, stdout, stderr := c.run(args...); code != 0 {
				t.Fatalf("before: exit %d, %s %s", code, stdout, stderr)
			}
			must(t, os.Chmod(closed[0], 0))
			t.Cleanup(func() { _ = os.Chmod(closed[0], 0o700) })
			code, stdout, stderr := c.run(args...)
			var document failure
			if err := json.Unmarshal([]byte(stdout), &document); err != nil || code != exitInternal || document.Error.ExitCode != exitInternal {
				t.Errorf("exit %d, %v: %s %s", code, err, stdout, stderr)
			}
			if !strings.Contains(stdout, "permission denied") {
				t.Errorf("it does not say why: %s", stdout)
			}
		})
	}
}

// TestADocumentThatMayNotBeRead is shown, drawn and listed no worse than it may
// be: nobody looked.
func TestADocumentThatMayNotBeRead(t *testing.T) {
	c, store := withEvidence(t)
	copied := filepath.Join(c.dir, "copied")
	must(t, os.CopyFS(copied, os.DirFS(store.Dir)))
	must(t, os.Chmod(copied, 0o755))
	if os.Geteuid() == 0 {
		passable(t, c.dir)
		c.credential = &syscall.Credential{Uid: ordinary, Gid: ordinary}
	}
	must(t, os.Chmod(filepath.Join(copied, "run-2.json"), 0))
	notLooked(t, c, "run-2", "permission denied", "--from", "copied")
	if _, stdout, _ := c.run("evidence", "list", "--from", "copied"); strings.Contains(stdout, "run-2") || !strings.Contains(stdout, "run-1") {
		t.Errorf("those that may be read: %s", stdout)
	}
	if code, _, stderr := c.run("evidence", "verify", "--from", "copied", "--heads", "nowhere"); code != exitUsage {
		t.Errorf("no such heads: exit %d, %s", code, stderr)
	}
}

// notLooked: every command over evidence says that it could not look, and how
// to.
func notLooked(t *testing.T, c *cli, id, why string, flags ...string) {
	t.Helper()
	for _, args := range [][]string{{"verify"}, {"show", id}, {"show", id, "--json"}, {"report", id, "--to", "page.html"}, {"list"}, {"list", "--json"}} {
		code, stdout, stderr := c.run(append(append([]string{"evidence"}, args...), flags...)...)
		if code != exitInternal || !strings.Contains(stderr, "look at the evidence: ") || !strings.Contains(stderr, why) || !strings.Contains(stderr, "hint: ") {
			t.Errorf("%s: exit %d, %s %s", args, code, stdout, stderr)
		}
	}
}

// TestEvidenceWithHeadsOfNoUse: none, or not where they seem to be.
func TestEvidenceWithHeadsOfNoUse(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		spoil  func(dir string) error
		tail   record.Tail
		notes  []string
	}{
		"as it was":           {"", func(string) error { return nil }, record.Proven, nil},
		"an empty folder":     {"nobody can know", func(dir string) error { return empty(filepath.Join(dir, "heads")) }, record.Unproven, nil},
		"heads elsewhere":     {"the link may have been another", func(dir string) error { return behindLink(filepath.Join(dir, "heads")) }, record.Proven, []string{"heads is a symbolic link"}},
		"documents elsewhere": {"the same", func(dir string) error { return behindLink(filepath.Join(dir, "evidence")) }, record.Proven, []string{"evidence is a symbolic link"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := withEvidence(t)
			must(t, tc.spoil(filepath.Join(c.dir, ".lifeboat")))
			code, stdout, stderr := c.run("evidence", "verify", "--json")
			var v verification
			if err := json.Unmarshal([]byte(stdout), &v); err != nil || code != 0 || v.Tail != tc.tail || len(v.Notes) != len(tc.notes) {
				t.Fatalf("%s: exit %d, %v: %s %s", tc.reason, code, err, stdout, stderr)
			}
			_, forPeople, _ := c.run("evidence", "verify")
			for i, note := range tc.notes {
				if !strings.Contains(v.Notes[i], note) || !strings.Contains(forPeople, note) {
					t.Errorf("it says %q, and to people %s", v.Notes, forPeople)
				}
			}
		})
	}
}

func empty(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Mkdir(dir, 0o700)
}

// behindLink moves a folder away and leaves a link to it.
func behindLink(dir string) error {
	if err := os.Rename(dir, dir+".moved"); err != nil {
		return err
	}
	return os.Symlink(dir+".moved", dir)
}
