package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

// binary is lifeboat as a user has it; TestMain builds it once.
var binary string

func TestMain(m *testing.M) {
	// Started under nohup the tests ignore a hang-up, and so would every lifeboat
	// that they start: what is caught here is not ignored there.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	dir, err := os.MkdirTemp("", "lifeboat-cli-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = os.Chmod(dir, 0o755) // for other users
	binary = filepath.Join(dir, "lifeboat")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Stderr = os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// cli is a working folder of a user, with a space in its path.
type cli struct {
	t   *testing.T
	dir string
	env []string
	// credential is whose command it is; nil: the test's own user.
	credential *syscall.Credential
}

func newCLI(t *testing.T) *cli {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a user's folder")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	modules, err := filepath.Abs("../../node_modules")
	if err != nil {
		t.Fatal(err)
	}
	return &cli{t: t, dir: dir, env: append(os.Environ(), "LIFEBOAT_NODE_MODULES="+modules, "NO_COLOR=1")}
}

func (c *cli) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cli) command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Env = c.dir, c.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.credential}
	return cmd
}

// run returns the exit code and both streams.
func (c *cli) run(args ...string) (code int, stdout, stderr string) {
	c.t.Helper()
	var out, errOut bytes.Buffer
	cmd := c.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errOut.String()
}

// drill runs `drill --json` and returns its one document.
func (c *cli) drill(args ...string) (int, drillevidence.Summary) {
	c.t.Helper()
	code, stdout, stderr := c.run(append([]string{"drill", "--json"}, args...)...)
	var summary drillevidence.Summary
	dec := json.NewDecoder(strings.NewReader(stdout))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&summary); err != nil {
		c.t.Fatalf("stdout is no document (%v): %q, stderr %q", err, stdout, stderr)
	}
	if dec.More() {
		c.t.Errorf("more than one document on stdout: %q", stdout)
	}
	return code, summary
}

// nothingLeft fails where a drill left a folder, a process or a mark.
func (c *cli) nothingLeft() {
	c.t.Helper()
	for _, glob := range []string{".lifeboat/scratch/*", ".lifeboat/scratch/.*", ".lifeboat/runs/*.open"} {
		if left, _ := filepath.Glob(filepath.Join(c.dir, glob)); len(left) > 0 {
			c.t.Errorf("left behind: %v", left)
		}
	}
	if pids := processesIn(c.t, filepath.Join(c.dir, ".lifeboat")); len(pids) > 0 {
		c.t.Errorf("processes left behind: %v", pids)
	}
}

// processesIn lists processes whose command line names the folder (Linux).
func processesIn(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var pids []string
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte(folder)) {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}

const smallPlan = `version: 1
deployment: test
workloads:
  - name: shop
    objectives: {rto: 5m, rpo: 1h}
    databases:
      - name: db
        kind: postgres
        postgres: {backups: ./backups/*, database: shop}
        checks:
          - {name: orders are there, sql: select count(*) from orders, expect: {min: 100}}
          - {name: newest, sql: select max(at) from orders, expect: {maxAge: 1h}}
`

// withBackup starts a source server with a small shop and takes its backup.
func withBackup(t *testing.T) (*cli, *pgtest.Source) {
	t.Helper()
	source := pgtest.Start(t, pgtest.Options{Checksums: true})
	source.Exec("postgres", "create database shop")
	source.Exec("shop", "create table orders (id int primary key, at timestamptz not null, note text); insert into orders select n, now(), repeat('customer secret ', 40) from generate_series(1, 1000) n")
	c := newCLI(t)
	c.write("lifeboat.yaml", smallPlan)
	if code, _, stderr := c.run("backup", "--url", source.URL("postgres"), "--to", "backups"); code != 0 {
		t.Fatalf("backup: exit %d, %s", code, stderr)
	}
	return c, source
}

func TestDrillOfABaseBackupPasses(t *testing.T) {
	c, _ := withBackup(t)
	code, summary := c.drill()
	if code != 0 || summary.Ending != "Passed" || len(summary.Checks) < 5 || summary.RecoveryPoint == nil || summary.Objectives.RTO.ActualSeconds == nil {
		t.Errorf("exit %d, %+v", code, summary)
	}
	for _, check := range summary.Checks {
		if !check.Passed {
			t.Errorf("not passed: %+v", check)
		}
	}
	c.nothingLeft()

	document, err := os.ReadFile(summary.Evidence)
	if err != nil {
		t.Fatal(err)
	}
	report, err := os.ReadFile(summary.Report)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(document, []byte("customer secret")) || bytes.Contains(report, []byte("customer secret")) {
		t.Error("rows of the restored table reached the evidence")
	}
	if _, stdout, _ := c.run("history"); !strings.Contains(stdout, summary.RunID) {
		t.Errorf("the history does not have it: %s", stdout)
	}
}

func TestDrillsThatDoNotPass(t *testing.T) {
	cases := map[string]struct {
		reason  string
		change  func(c *cli)
		code    int
		ending  string
		finding string
	}{
		"RPO missed":   {"the backup is older than it may be", func(c *cli) { c.write("lifeboat.yaml", strings.Replace(smallPlan, "rpo: 1h", "rpo: 1ms", 1)) }, 1, "ObjectivesMissed", "RPOMissed"},
		"RTO missed":   {"a millisecond is not enough", func(c *cli) { c.write("lifeboat.yaml", strings.Replace(smallPlan, "rto: 5m", "rto: 1ms", 1)) }, 1, "ObjectivesMissed", "RTOMissed"},
		"check failed": {"fewer rows than expected", func(c *cli) { c.write("lifeboat.yaml", strings.Replace(smallPlan, "min: 100", "min: 100000", 1)) }, 1, "ObjectivesMissed", "CheckFailed"},
		"missing table": {"the backup came back without it", func(c *cli) {
			c.write("lifeboat.yaml", strings.Replace(smallPlan, "from orders, expect: {min", "from payments, expect: {min", 1))
		}, 1, "ObjectivesMissed", "CheckFailed"},
		"no backup": {"the glob matches nothing", func(c *cli) { c.write("lifeboat.yaml", strings.Replace(smallPlan, "./backups/", "./elsewhere/", 1)) }, 2, "FailureClean", "NoUsableBackup"},
		"bad query": {"the check could not be run", func(c *cli) {
			c.write("lifeboat.yaml", strings.Replace(smallPlan, "select count(*)", "selekt count(*)", 1))
		}, 2, "FailureClean", ""},
		"never ready": {"there was no time to come up", func(c *cli) {
			c.write("lifeboat.yaml", strings.Replace(smallPlan, "        checks:\n", "        limits: {restore: 1ms}\n        checks:\n", 1))
		}, 2, "FailureClean", "RestoreTimedOut"},
		"empty backup": {"a folder with nothing in it", func(c *cli) {
			c.write("lifeboat.yaml", strings.Replace(smallPlan, "./backups/", "./hollow/", 1))
			if err := os.MkdirAll(filepath.Join(c.dir, "hollow", "one"), 0o755); err != nil {
				c.t.Fatal(err)
			}
		}, 2, "FailureClean", "NoUsableBackup"},
	}
	c, _ := withBackup(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := &cli{t: t, dir: c.dir, env: c.env}
			tc.change(c)
			code, summary := c.drill()
			if code != tc.code || summary.Ending != tc.ending {
				t.Errorf("%s: exit %d, %s, %+v", tc.reason, code, summary.Ending, summary.Findings)
			}
			found := tc.finding == ""
			for _, f := range summary.Findings {
				found = found || f.Code == tc.finding
			}
			if !found {
				t.Errorf("%s: no finding %s in %+v", tc.reason, tc.finding, summary.Findings)
			}
			c.nothingLeft()
		})
	}
}

func findingsText(findings []drillevidence.Finding) string {
	var text []string
	for _, f := range findings {
		text = append(text, f.Code+" "+f.What)
	}
	return strings.Join(text, "\n")
}
