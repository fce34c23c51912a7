package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A folder that was named and is not there is a mistake of whoever named it, and
// nothing that was looked at.
func TestHistorySweepAndEvidenceInAFolderThatIsNotThere(t *testing.T) {
	c := newCLI(t)
	c.write("lifeboat.yaml", smallPlan)
	must(t, os.Symlink("nowhere", filepath.Join(c.dir, "dangling")))
	for _, command := range []string{"sweep", "sweep --kept --dry-run", "history", "history shop/db", "evidence list", "evidence show run-1"} {
		for _, folder := range []string{"--state-dir .lifebaot", "--state-dir dangling", "--from copied"} {
			if strings.HasPrefix(folder, "--from") && !strings.HasPrefix(command, "evidence") {
				continue
			}
			code, stdout, stderr := c.run(append(strings.Fields(command), append(strings.Fields(folder), "--json")...)...)
			named := strings.Fields(folder)
			if code != exitUsage || !strings.Contains(stderr, named[0]) || !strings.Contains(stderr, named[1]) || !strings.Contains(stderr, "hint: name the folder") || !strings.Contains(stdout, `"exitCode": 64`) {
				t.Errorf("%s %s: exit %d, %s%s", command, folder, code, stdout, stderr)
			}
		}
	}
	for _, folder := range []string{"--state-dir", "--from"} {
		if code, stdout, stderr := c.run("evidence", "verify", folder, ".lifebaot"); code != exitUsage {
			t.Errorf("verify: exit %d, %s%s", code, stdout, stderr)
		}
	}
	for _, command := range []string{"sweep", "history", "evidence list"} { // the default one: nothing was drilled yet
		if code, stdout, stderr := c.run(append(strings.Fields(command), "--json")...); code != 0 || strings.TrimSpace(stdout) != "[]" {
			t.Errorf("%s: exit %d, %s%s", command, code, stdout, stderr)
		}
	}
	if made, _ := filepath.Glob(filepath.Join(c.dir, ".lifeb*")); len(made) > 0 {
		t.Errorf("they made %v", made)
	}
}

func TestHistoryOfWhatWasNeverDrilled(t *testing.T) {
	c, _ := withEvidence(t)
	for _, asJSON := range []bool{false, true} {
		args, want := []string{"history", "nosuch/db"}, ""
		if asJSON {
			args, want = append(args, "--json"), "[]"
		}
		code, stdout, stderr := c.run(args...)
		if code != 0 || strings.TrimSpace(stdout) != want || !strings.Contains(stderr, "No drill of nosuch/db is recorded") {
			t.Errorf("%v: exit %d, %q, %q", args, code, stdout, stderr)
		}
	}
}
