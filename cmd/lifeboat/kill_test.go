package main

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// TestKilledAnywhereLeavesNothing kills lifeboat with -9 before, inside and
// after the effect of each state. Its server dies with it; the sweep, or the
// next drill, removes the rest, and the source is not touched.
func TestKilledAnywhereLeavesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("thirty drills are killed: not in the short tests")
	}
	if runtime.GOOS != "linux" {
		t.Skip("looks for processes in /proc")
	}
	c, source := withBackup(t)
	before := source.Value("shop", "select md5(string_agg(o::text, '' order by id)) from orders o")
	functions := slices.DeleteFunc(slices.Sorted(maps.Values(drillstep.Functions())), func(name string) bool {
		return name == deployed.AwaitEvent // no provider sends events here
	})
	for i, function := range functions {
		for j, when := range []string{"before", "inside", "after"} {
			t.Run(when+" "+function, func(t *testing.T) {
				c := &cli{t: t, dir: c.dir, env: c.env}
				c.killAt(when + ":" + function)
				if pids := waitForNoProcess(t, c); len(pids) > 0 {
					t.Errorf("the throwaway server outlived lifeboat: %v", pids)
				}
				if code, stdout, stderr := c.run("evidence", "verify"); code != 0 && code != exitUsage { // there may be none yet
					t.Errorf("what a kill leaves is no tampering: exit %d: %s %s", code, stdout, stderr)
				}
				if (i+j)%2 == 0 {
					if code, stdout, stderr := c.run("sweep"); code != 0 {
						t.Errorf("sweep: exit %d: %s %s", code, stdout, stderr)
					}
				} else if code, summary := c.drill(); code != 0 {
					t.Errorf("the next drill: exit %d, %+v", code, summary.Findings)
				}
				if code, stdout, stderr := c.run("evidence", "verify"); c.drilled() && (code != 0 || strings.Contains(stdout, "unproven")) {
					t.Errorf("the evidence: exit %d: %s %s", code, stdout, stderr)
				}
				c.nothingLeft()
			})
		}
	}
	if after := source.Value("shop", "select md5(string_agg(o::text, '' order by id)) from orders o"); after != before {
		t.Error("the source has changed")
	}
}

// killAt starts a drill and kills it when it says that it is there.
func (c *cli) killAt(place string) {
	c.t.Helper()
	cmd := c.command("drill")
	cmd.Env = append(c.env[:len(c.env):len(c.env)], "LIFEBOAT_TEST_PAUSE="+place)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	reached := false
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		if reached = strings.Contains(lines.Text(), "reached "+place); reached {
			break
		}
	}
	if !reached {
		c.t.Errorf("the drill never came to %s", place)
	}
	if err := cmd.Process.Kill(); err != nil && !strings.Contains(err.Error(), "finished") {
		c.t.Fatal(err)
	}
	_ = cmd.Wait() // killed, on purpose
}

// drilled is true once there is evidence: a drill that was killed before its
// first state leaves none.
func (c *cli) drilled() bool {
	documents, _ := filepath.Glob(filepath.Join(c.dir, ".lifeboat", "evidence", "*.json"))
	return len(documents) > 0
}

// waitForNoProcess gives the kernel time to end the children of a killed
// process; what is still there then is returned.
func waitForNoProcess(t *testing.T, c *cli) []string {
	t.Helper()
	var pids []string
	for range 100 {
		if pids = processesIn(t, filepath.Join(c.dir, ".lifeboat")); len(pids) == 0 {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return pids
}

// TestSignalsCleanUp: whatever asks lifeboat to stop, the copy is removed.
func TestSignalsCleanUp(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		t.Run(signal.String(), func(t *testing.T) {
			c, _ := withBackup(t)
			cmd, said := c.pausedDrill()
			must(t, cmd.Process.Signal(signal))
			for said.Scan() { // to the end, so that it can write
			}
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != exitFailureClean {
				t.Errorf("exit %d", code)
			}
			c.nothingLeft()
			if !c.drilled() {
				t.Error("a drill that was stopped has no evidence")
			}
		})
	}
}

// A second signal ends lifeboat with what a shell says of it; what nohup ignores
// asks for nothing.
func TestSignalsThatEndAtOnceAndNohup(t *testing.T) {
	c := newCLI(t)
	c.write("m.asl.json", `{"QueryLanguage":"JSONata","StartAt":"W","States":{"W":{"Type":"Pass","End":true}}}`)
	for name, tc := range map[string]struct {
		nohup   bool
		signals []syscall.Signal
		code    int
	}{
		"quit twice": {false, []syscall.Signal{syscall.SIGQUIT, syscall.SIGQUIT}, 131},
		"hup, term":  {false, []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM}, 143},
		"nohup":      {true, []syscall.Signal{syscall.SIGHUP, syscall.SIGHUP, syscall.SIGHUP}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := c.command("machine", "run", "m.asl.json", "--input", "-")
			if tc.nohup {
				nohup, err := exec.LookPath("nohup")
				if err != nil {
					t.Skip("there is no nohup")
				}
				cmd.Path, cmd.Args = nohup, append([]string{"nohup"}, cmd.Args...)
			}
			in, err := cmd.StdinPipe() // it waits for what it is to read
			must(t, err)
			must(t, cmd.Start())
			time.Sleep(500 * time.Millisecond) // until it has begun
			for _, s := range tc.signals {
				must(t, cmd.Process.Signal(s))
				time.Sleep(100 * time.Millisecond) // one that waits swallows the same one
			}
			_, _ = in.Write([]byte("{}"))
			must(t, in.Close())
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != tc.code {
				t.Errorf("exit %d, want %d", code, tc.code)
			}
		})
	}
}

// pausedDrill is a drill that has a copy, and what it goes on to say.
func (c *cli) pausedDrill() (*exec.Cmd, *bufio.Scanner) {
	c.t.Helper()
	cmd := c.command("drill", "--json")
	cmd.Env = append(c.env[:len(c.env):len(c.env)], "LIFEBOAT_TEST_PAUSE=before:validate-data")
	stderr, err := cmd.StderrPipe()
	must(c.t, err)
	must(c.t, cmd.Start())
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.Contains(lines.Text(), "reached") {
	}
	return cmd, lines
}

func TestKeptCopyStaysUntilItIsSweptAway(t *testing.T) {
	c, _ := withBackup(t)
	code, _, stderr := c.run("drill", "--keep")
	if code != 0 || !strings.Contains(stderr, "connect:") || !strings.Contains(stderr, "sweep --kept") {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	kept := func() int {
		entries, _ := os.ReadDir(filepath.Join(c.dir, ".lifeboat", "scratch"))
		return len(entries)
	}
	if c.run("sweep"); kept() != 1 {
		t.Error("sweep removed what was kept on request")
	}
	if code, stdout, stderr := c.run("sweep", "--kept"); code != 0 || kept() != 0 {
		t.Errorf("exit %d: %s %s", code, stdout, stderr)
	}
	c.nothingLeft()
}

// TestKeptCopyIsRemovedByTheCommandThatIsNamed, also where neither the folder nor
// the plan is the default.
func TestKeptCopyIsRemovedByTheCommandThatIsNamed(t *testing.T) {
	c, _ := withBackup(t)
	must(t, os.Rename(filepath.Join(c.dir, "lifeboat.yaml"), filepath.Join(c.dir, "its plan.yaml")))
	state := "a state's folder"
	code, _, stderr := c.run("drill", "--keep", "--plan", "its plan.yaml", "--state-dir", state)
	_, named, found := strings.Cut(stderr, "remove it:  lifeboat ")
	if code != 0 || !found {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	named, _, _ = strings.Cut(named, "\n")
	_, stdout, _ := c.run("sweep", "--json", "--plan", "its plan.yaml", "--state-dir", state)
	var swept []struct{ Reason string }
	if err := json.Unmarshal([]byte(stdout), &swept); err != nil || len(swept) != 1 || !strings.Contains(swept[0].Reason, "lifeboat "+named+" removes it") {
		t.Errorf("%v: the sweep does not name %q: %s", err, named, stdout)
	}
	shell := exec.Command("sh", "-c", `"$LIFEBOAT" `+named)
	shell.Dir, shell.Env = c.dir, append(c.env[:len(c.env):len(c.env)], "LIFEBOAT="+binary)
	if out, err := shell.CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %s", named, err, out)
	}
	if left, _ := os.ReadDir(filepath.Join(c.dir, state, "scratch")); len(left) > 0 {
		t.Errorf("%s did not remove the copy", named)
	}
}

// Whatever killed lifeboat, the drill counts as failed, before anybody sweeps.
func TestAKilledDrillIsAFailureInTheHistory(t *testing.T) {
	c, _ := withBackup(t)
	if code, _ := c.drill(); code != 0 {
		t.Fatal("the first drill did not pass")
	}
	c.killAt("before:validate-data")
	listed := func() (endings []string) {
		code, stdout, stderr := c.run("history", "--json")
		var list []drillevidence.Summary
		if err := json.Unmarshal([]byte(stdout), &list); err != nil || code != 0 {
			t.Fatalf("exit %d, %v: %s %s", code, err, stdout, stderr)
		}
		for _, s := range list {
			endings = append(endings, s.Ending)
			if s.Database != "db" && s.Workload == "" {
				t.Errorf("%+v", s)
			}
		}
		return endings
	}
	if got := listed(); len(got) != 2 || got[0] != "FailureDirty" || got[1] != "Passed" {
		t.Errorf("%v", got)
	}
	if _, stdout, _ := c.run("history"); !strings.Contains(stdout, "FailureDirty (never ended)") {
		t.Error(stdout)
	}
	if code, stdout, stderr := c.run("sweep"); code != 0 {
		t.Errorf("sweep: exit %d: %s %s", code, stdout, stderr)
	}
	if got := listed(); len(got) != 2 || got[0] != "FailureClean" {
		t.Errorf("after the sweep: %v", got)
	}
	c.nothingLeft()
}
