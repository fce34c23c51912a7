package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
)

// plainDump is the least that pg_dump writes.
const plainDump = `--
-- PostgreSQL database dump
--

-- Dumped from database version 15.4
-- Dumped by pg_dump version 15.4

CREATE TABLE t (id int);

--
-- PostgreSQL database dump complete
--

`

// withDump is a working folder with a plan, and a backup that was just taken.
func withDump(t *testing.T) *cli {
	c := newCLI(t)
	c.write("lifeboat.yaml", smallPlan)
	must(t, os.MkdirAll(filepath.Join(c.dir, "backups"), 0o755))
	c.write("backups/one.sql", plainDump)
	return c
}

func report(t *testing.T, stdout string) (r doctor.Report) {
	t.Helper()
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("%v: %q", err, stdout)
	}
	return r
}

// TestDoctorOfThisMachine: text for people, one document for scripts, and an exit
// code that says whether every line is ok.
func TestDoctorOfThisMachine(t *testing.T) {
	c := withDump(t)
	code, stdout, stderr := c.run("doctor", "--only", "plan, state,backups,space")
	if code != exitPassed || !strings.Contains(stdout, "\nbackups\n  ok       shop/db") || !strings.Contains(stdout, "this machine: 7 ok, 0 wrong, 0 unknown") {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
	if !strings.Contains(stderr, "looking at backups") || strings.Contains(stderr, "looking at tools") || strings.Contains(stdout+stderr, "\033[") {
		t.Errorf("progress: %q", stderr)
	}
	if entries, err := filepath.Glob(filepath.Join(c.dir, ".lifeboat*")); len(entries) > 0 || err != nil {
		t.Errorf("a doctor made something: %v, %v", entries, err)
	}

	code, stdout, _ = c.run("doctor", "--json")
	r := report(t, stdout)
	if want := map[bool]int{true: exitPassed, false: exitUnhealthy}[r.Healthy()]; code != want || r.Where != "this machine" || r.At.IsZero() {
		t.Errorf("exit %d, %+v", code, r)
	}
	areas := map[string]bool{}
	for _, l := range r.Lines {
		areas[l.Area] = true
		if l.State != doctor.OK && l.Command == "" || l.What == "" || l.Basis == "" {
			t.Errorf("%+v", l)
		}
	}
	if len(areas) != 9 {
		t.Errorf("%v", areas)
	}
}

// TestDoctorFindsWhatIsWrong here, and says what to type.
func TestDoctorFindsWhatIsWrong(t *testing.T) {
	c := withDump(t)
	c.write("backups/two.sql", strings.Replace(plainDump, "complete", "and no end", 1))
	longAgo := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	must(t, os.Chtimes(filepath.Join(c.dir, "backups", "one.sql"), longAgo, longAgo))
	code, stdout, _ := c.run("doctor", "--only", "backups")
	if code != exitUnhealthy || !strings.Contains(stdout, "wrong    shop/db") || !strings.Contains(stdout, "\n           $ ls -ltR '"+strings.ReplaceAll(filepath.Join(c.dir, "backups"), "'", `'\''`)+"'\n") {
		t.Errorf("exit %d, %s", code, stdout)
	}
	must(t, os.RemoveAll(filepath.Join(c.dir, "backups")))
	if code, stdout, _ = c.run("doctor", "--json"); code != exitUnhealthy || report(t, stdout).Healthy() {
		t.Errorf("exit %d, %s", code, stdout)
	}
	must(t, os.Remove(filepath.Join(c.dir, "lifeboat.yaml")))
	code, stdout, stderr := c.run("doctor")
	if code != exitUnhealthy || !strings.Contains(stdout, "unknown  lifeboat.yaml") || !strings.Contains(stdout, "programs") {
		t.Errorf("without a plan: exit %d, %s%s", code, stdout, stderr)
	}
}

// TestDoctorFindsWhatMayNotBeWritten: a drill would fail in the middle, over a
// record that somebody else made.
func TestDoctorFindsWhatMayNotBeWritten(t *testing.T) {
	c := withDump(t)
	runs := filepath.Join(c.dir, "state", "runs")
	must(t, os.MkdirAll(runs, 0o700))
	record := filepath.Join(runs, "a.jsonl")
	must(t, os.WriteFile(record, nil, 0o600))
	if os.Geteuid() == 0 { // who may write everything
		passable(t, c.dir)
		must(t, os.Chmod(filepath.Join(c.dir, "lifeboat.yaml"), 0o644))
		for _, path := range []string{filepath.Dir(runs), runs, record} {
			must(t, os.Chown(path, ordinary, ordinary))
		}
		c.credential = &syscall.Credential{Uid: ordinary, Gid: ordinary}
	}
	args := []string{"doctor", "--state-dir", "state", "--only", "state", "--json"}
	if code, stdout, stderr := c.run(args...); code != exitPassed {
		t.Fatalf("before: exit %d, %s%s", code, stdout, stderr)
	}
	must(t, os.Chmod(record, 0o400))
	code, stdout, stderr := c.run(args...)
	found := slices.ContainsFunc(report(t, stdout).Lines, func(l doctor.Line) bool {
		return l.State == doctor.Wrong && strings.Contains(l.What, record) && l.Command != ""
	})
	if code != exitUnhealthy || !found {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
}

// TestDoctorShowsWhatIsWritten elsewhere as what it is: names of files may hold
// anything.
func TestDoctorShowsWhatIsWritten(t *testing.T) {
	c := withDump(t)
	c.write("backups/\033[2J.sql", "no dump")
	for _, args := range [][]string{{"doctor"}, {"doctor", "--json"}} {
		if _, stdout, stderr := c.run(args...); strings.ContainsAny(stdout+stderr, "\033") || !strings.Contains(stdout, `u001b[2J.sql`) {
			t.Errorf("%v: %q %q", args, stdout, stderr)
		}
	}
}

// TestDoctorIsAskedAmiss: bad usage and bad plans are no findings.
func TestDoctorIsAskedAmiss(t *testing.T) {
	c := withDump(t)
	c.write("bad.yaml", strings.Replace(smallPlan, "version: 1", "version: 7", 1))
	tests := map[string]struct{ args, says string }{
		"no such area":               {"--only backups,nonsense", "the areas are plan, sandbox"},
		"an area of the account":     {"--only login", "the areas are plan, sandbox"},
		"a template of this machine": {"--template x", "say --aws"},
		"a folder of the account":    {"--aws --state-dir x", "--aws out"},
		"a bad plan":                 {"--plan bad.yaml", "bad.yaml:1:"},
		"no such plan":               {"--plan none.yaml", "none.yaml"},
		"no region":                  {"--aws", "declare regions"},
		"no plan of the account":     {"--aws --plan none.yaml", "none.yaml"},
		"an argument":                {"shop/db", "--help"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := (&cli{t: t, dir: c.dir, env: c.env}).run(append([]string{"doctor", "--json"}, strings.Fields(tc.args)...)...)
			var document failure
			if err := json.Unmarshal([]byte(stdout), &document); code != exitUsage || err != nil || document.Error.ExitCode != code || !strings.Contains(stderr, tc.says) {
				t.Errorf("exit %d, %v, %s%s", code, err, stdout, stderr)
			}
		})
	}
}

// TestDoctorWithoutALogin: nothing is known then, which is said line by line.
func TestDoctorWithoutALogin(t *testing.T) {
	c := newCLI(t)
	plan, err := os.ReadFile("../../examples/rds/lifeboat.yaml")
	must(t, err)
	c.write("lifeboat.yaml", string(plan))
	c.env = append(c.env, "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_PROFILE=", "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=")
	code, stdout, stderr := c.run("doctor", "--aws", "--json")
	r := report(t, stdout)
	if code != exitUnhealthy || len(r.Lines) < 5 || !strings.Contains(r.Where, "deployment prod") {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	for _, l := range r.Lines {
		if l.State != doctor.Unknown || l.Command == "" {
			t.Errorf("%+v", l)
		}
	}
	if r.Lines[0].Command != "aws sts get-caller-identity" || r.Lines[0].Area != "login" {
		t.Errorf("%+v", r.Lines[0])
	}
}
