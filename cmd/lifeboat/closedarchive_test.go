package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestArchivesThatTheirOwnerMayNotRead: root may, so for root they are backups
// like others; an ordinary user is told which file, and what to do.
func TestArchivesThatTheirOwnerMayNotRead(t *testing.T) {
	if testing.Short() {
		t.Skip("a real server")
	}
	s := hostile(t, 15)
	asEveryUser(t, func(t *testing.T, uid int) {
		a := attacked(t, uid)
		path := filepath.Join(a.dir, "backups", "dump")
		for name, tc := range map[string]struct {
			format string
			close  func() error
		}{
			"mode 0000":           {"-Fc", func() error { return os.Chmod(path, 0) }},
			"another's mode 0000": {"-Fc", func() error { _ = os.Chown(path, 1234, 0); return os.Chmod(path, 0) }},
			"a folder's file": {"-Fd", func() error {
				files, err := filepath.Glob(filepath.Join(path, "*.dat.gz"))
				if err == nil && len(files) > 0 {
					err = os.Chmod(files[0], 0)
				}
				return err
			}},
		} {
			t.Run(name, func(t *testing.T) {
				a.cli.t = t
				must(t, os.RemoveAll(filepath.Dir(path)))
				a.dump(s, tc.format)
				if out, err := exec.Command("find", path, "-type", "f", "-exec", "chmod", "600", "{}", "+").CombinedOutput(); err != nil {
					t.Fatal(string(out))
				}
				must(t, tc.close())
				code, summary := a.drill()
				said := findingsText(summary.Findings)
				switch {
				case uid == 0 && code > exitObjectivesMissed: // a dump has no sure time
					t.Errorf("root: exit %d, %s", code, said)
				case uid != 0 && (code != exitFailureClean || !strings.Contains(said, path) || !strings.Contains(said, "cannot be read: permission denied")):
					t.Errorf("exit %d, %s", code, said)
				}
				_ = os.Chmod(path, 0o700) // so that it can be removed
			})
		}
	})
}
