package local

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// laptop is a state folder that several processes of lifeboat work on, with a plan
// whose steps need no database: a command that fails while there is no file "mended",
// one that depends on it, and one that does not.
type laptop struct {
	t      *testing.T
	folder string
	plan   plan.Plan
}

func newMachine(t *testing.T) *laptop {
	m := &laptop{t: t, folder: t.TempDir()}
	if err := os.Chmod(m.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	step := func(name, shell string, after ...string) plan.Step {
		return plan.Step{Name: name, Kind: string(recovery.Invoke), Command: []string{"/bin/sh", "-c", shell}, After: after}
	}
	m.plan = plan.Plan{Version: 1, Deployment: "test", Workloads: []plan.Workload{{
		Name: "w", Topology: "backup-restore",
		Databases: []plan.Database{{Name: "d", Kind: plan.KindPostgres, Backups: "backups/*"}},
		Recovery: &plan.Recovery{Steps: []plan.Step{
			step("first", "cat > told.json; echo first >> did"),
			step("fails", "echo fails >> did; test -f mended || { echo not mended; exit 3; }", "first"),
			step("behind", "echo behind >> did", "fails"),
			step("apart", "echo apart >> did", "first"),
		}},
	}}}
	return m
}

// process is another lifeboat on the same folder.
func (m *laptop) process() *World {
	m.t.Helper()
	w, err := Open(Options{Plan: m.plan, PlanDir: m.folder, StateDir: filepath.Join(m.folder, "state"), Version: "test"})
	if err != nil {
		m.t.Fatal(err)
	}
	return w
}

func (m *laptop) did() string {
	text, err := os.ReadFile(filepath.Join(m.folder, "did"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		m.t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

func (m *laptop) mend() {
	if err := os.WriteFile(filepath.Join(m.folder, "mended"), nil, 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// recover runs a recovery, and calls decide once, when a decision is wanted.
func (m *laptop) recover(decide func(run string)) *world.RecoveryOutcome {
	m.t.Helper()
	wanted := make(chan string, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if run, ok := <-wanted; ok {
			decide(run)
		}
	}()
	asked := false
	outcome, err := m.process().Recover(m.t.Context(), world.RecoverRequest{Observe: func(now world.Recovery) {
		if now.Run.DecideBy != nil && !asked {
			asked = true
			wanted <- now.Run.ID
		}
	}})
	close(wanted)
	<-done
	if err != nil {
		m.t.Fatal(err)
	}
	return outcome
}

func (m *laptop) decide(run string, d recovery.Decision) {
	m.t.Helper()
	d.Reason = "test"
	if err := m.process().Decide(context.Background(), run, d); err != nil {
		m.t.Error(err)
	}
}

func TestRecoverPasses(t *testing.T) {
	m := newMachine(t)
	m.mend()
	outcome := m.recover(nil)
	if outcome.Ending != drill.Passed || outcome.Document == nil || outcome.Document.Counts.Succeeded != 4 {
		t.Errorf("ending %s, %s %s, %+v", outcome.Ending, outcome.Error, outcome.Cause, outcome.Document)
	}
	told, err := os.ReadFile(filepath.Join(m.folder, "told.json"))
	if err != nil || !strings.Contains(string(told), `"step":"w/first"`) {
		t.Errorf("the command was told %s, %v", told, err)
	}
	if !strings.HasPrefix(m.did(), "first ") || !strings.Contains(m.did(), "fails behind") && !strings.Contains(m.did(), "fails apart behind") {
		t.Errorf("did %s", m.did())
	}
}

// TestDecisionsFromAnotherProcess: what somebody decides in another terminal has its
// effect within moments.
func TestDecisionsFromAnotherProcess(t *testing.T) {
	tests := map[string]struct {
		reason string
		decide func(m *laptop, run string)
		ending drill.Ending
		state  recovery.State // of what depends on the failed step
	}{
		"retry": {"it is tried once more, and what it held up goes on", func(m *laptop, run string) {
			m.mend()
			m.decide(run, recovery.Decision{Choice: recovery.Retry, Step: "w/fails"})
		}, drill.Passed, recovery.Succeeded},
		"skip": {"what it held up goes on, and it is not Passed", func(m *laptop, run string) {
			m.decide(run, recovery.Decision{Choice: recovery.Skip, Step: "w/fails"})
		}, drill.ObjectivesMissed, recovery.Succeeded},
		"abort": {"nothing begins any more", func(m *laptop, run string) {
			m.decide(run, recovery.Decision{Choice: recovery.Abort})
		}, drill.FailureClean, recovery.Omitted},
		"wrong, then abort": {"a decision that cannot be says what can", func(m *laptop, run string) {
			err := m.process().Decide(context.Background(), run, recovery.Decision{Choice: recovery.Retry, Step: "w/apart", Reason: "test"})
			if drill.NameOf(err) == "" || drill.HintOf(err) == "" {
				m.t.Errorf("error %v, hint %q", err, drill.HintOf(err))
			}
			m.decide(run, recovery.Decision{Choice: recovery.Abort})
		}, drill.FailureClean, recovery.Omitted},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			began := time.Now()
			outcome := m.recover(func(run string) { tc.decide(m, run) })
			if outcome.Ending != tc.ending {
				t.Fatalf("%s: ending %s, %s", tc.reason, outcome.Ending, outcome.Cause)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %s: the decision was not handed on", took)
			}
			steps := outcome.Recovery.Steps
			if steps[2].Status.State != tc.state || steps[3].Status.State != recovery.Succeeded {
				t.Errorf("%s: behind is %s, apart %s", tc.reason, steps[2].Status.State, steps[3].Status.State)
			}
		})
	}
}

// TestCommandEndsWithItsAttempt: a command whose time is up, that somebody skipped or
// that is tried once more runs no longer, nor does what it started: two attempts of one
// would work on the same things at once.
func TestCommandEndsWithItsAttempt(t *testing.T) {
	tests := map[string]struct {
		reason  string
		timeout time.Duration
		decide  recovery.Decision // while it runs; none: its time ends it
	}{
		"its time is up":                {"nobody waits for it any more", time.Second, recovery.Decision{}},
		"skipped while it runs":         {"a person said that it is not to be done", time.Minute, recovery.Decision{Choice: recovery.Skip, Step: "w/hangs"}},
		"aborted in another terminal":   {"nothing is to be done any more", time.Minute, recovery.Decision{Choice: recovery.Abort}},
		"its time is up, and once more": {"each attempt ends", time.Second, recovery.Decision{Choice: recovery.Retry, Step: "w/hangs"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			// A second step keeps the process at work: its end would end every command.
			m.plan.Workloads[0].Recovery.Steps = []plan.Step{
				{Name: "hangs", Kind: string(recovery.Invoke), Timeout: plan.Duration(tc.timeout), Command: []string{"/bin/sh", "-c", "echo $$ >> groups; sleep 300 & sleep 300; wait"}},
				{Name: "apart", Kind: string(recovery.Invoke), Command: []string{"/bin/sh", "-c", "while ! test -f enough; do sleep 0.1; done"}},
			}
			done := make(chan *world.RecoveryOutcome, 1)
			begun := make(chan string, 1)
			go func() {
				told := false
				outcome, err := m.process().Recover(context.Background(), world.RecoverRequest{Observe: func(now world.Recovery) {
					over := now.Run.DecideBy != nil || tc.timeout > time.Second && now.Steps[0].Status.State == recovery.Running && len(m.groups()) > 0
					if tc.timeout == time.Second {
						over = now.Steps[0].Status.State == recovery.Failed
					}
					if over && !told {
						told = true
						begun <- now.Run.ID
					}
				}})
				if err != nil {
					t.Error(err)
				}
				done <- outcome
			}()
			run := <-begun
			if tc.decide.Choice != "" {
				m.decide(run, tc.decide)
			}
			if tc.decide.Choice == recovery.Retry {
				for len(m.groups()) < 2 {
					time.Sleep(10 * time.Millisecond)
				}
				if left := m.runs(m.groups()[:1]); left != nil {
					t.Errorf("the first attempt runs beside the second: %v", left)
				}
			}
			gone := func() bool { return m.runs(m.groups()) == nil }
			for began := time.Now(); !gone() && time.Since(began) < 5*time.Second; {
				time.Sleep(20 * time.Millisecond)
			}
			if !gone() {
				t.Errorf("%s, and it still runs", tc.reason)
			}
			select {
			case o := <-done:
				if tc.decide.Choice != recovery.Abort {
					t.Errorf("the recovery ended before it was looked at: %s", o.Cause)
				}
				return
			default:
			}
			if err := os.WriteFile(filepath.Join(m.folder, "enough"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if tc.decide.Choice == "" || tc.decide.Choice == recovery.Retry {
				m.decide(run, recovery.Decision{Choice: recovery.Abort})
			}
			<-done
		})
	}
}

// groups are the process groups of the commands that wrote theirs down.
func (m *laptop) groups() (groups []int) {
	text, _ := os.ReadFile(filepath.Join(m.folder, "groups")) // none yet
	for _, word := range strings.Fields(string(text)) {
		group, err := strconv.Atoi(word)
		if err != nil {
			m.t.Error(err)
		}
		groups = append(groups, group)
	}
	return groups
}

// runs are those of which a process is there that is not dead already: what is killed
// stays until whoever inherited it has reaped it.
func (m *laptop) runs(groups []int) (there []int) {
	text, err := exec.Command("ps", "-eo", "pgid=,stat=").Output()
	if err != nil {
		m.t.Error(err)
	}
	for line := range strings.Lines(string(text)) {
		of := strings.Fields(line)
		for _, group := range groups {
			if len(of) == 2 && of[0] == strconv.Itoa(group) && !strings.HasPrefix(of[1], "Z") {
				there = append(there, group)
			}
		}
	}
	return there
}

// TestInterruptedRecovery: a signal aborts the run, which is reported.
func TestInterruptedRecovery(t *testing.T) {
	m := newMachine(t)
	ctx, stop := context.WithCancelCause(t.Context())
	outcome, err := m.process().Recover(ctx, world.RecoverRequest{Observe: func(now world.Recovery) {
		if now.Run.DecideBy != nil {
			stop(errors.New("interrupt"))
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if outcome.Ending != drill.FailureClean || outcome.Recovery.Run.ReportedAt == nil || outcome.Recovery.Run.Aborted() == nil {
		t.Errorf("ending %s, %s", outcome.Ending, outcome.Cause)
	}
}

// cutOff begins a recovery in a process that stops, for good, at a place: its locks go
// as they do when it is killed.
func (m *laptop) cutOff(when, function string, after int) (run string) {
	m.t.Helper()
	w := m.process()
	reached := make(chan struct{})
	calls := 0
	gate := make(chan struct{}, 1)
	gate <- struct{}{}
	w.options.Pause = func(at, f string) {
		<-gate
		if at == when && f == function {
			if calls++; calls == after {
				close(reached)
			}
		}
		stopped := calls >= after
		gate <- struct{}{}
		if stopped {
			select {} // for good, and with it everything else of this process
		}
	}
	go func() { _, _ = w.Recover(context.Background(), world.RecoverRequest{}) }()
	<-reached
	marks, err := filepath.Glob(filepath.Join(m.folder, "state", "recoveries", "*"+openSuffix))
	if err != nil || len(marks) != 1 {
		m.t.Fatalf("marks %v, %v", marks, err)
	}
	// The kernel drops a dead process's lock; this one lives, so its mark is replaced by
	// the same one without a lock.
	id, err := os.ReadFile(marks[0])
	if err == nil {
		err = errors.Join(os.Remove(marks[0]), os.WriteFile(marks[0], id, 0o600))
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return strings.TrimSuffix(filepath.Base(marks[0]), openSuffix)
}

func TestResume(t *testing.T) {
	tests := map[string]struct {
		when, function string
		after          int
	}{
		"prepared":                     {"after", "prepare-recovery", 1},
		"the first step was started":   {"after", "start-ready", 1},
		"a step was claimed":           {"after", "claim-step", 1},
		"a step works":                 {"after", "run-step", 1},
		"a step is done, not released": {"before", "release-step", 1},
		"a step was released":          {"after", "release-step", 1},
		"a later one was claimed":      {"after", "claim-step", 3},
		"throwaways were removed":      {"after", "remove-throwaways", 1},
		"before the report":            {"before", "report-recovery", 1},
		"after the report":             {"after", "report-recovery", 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.mend()
			run := m.cutOff(tc.when, tc.function, tc.after)
			now, err := m.process().Recovery(t.Context(), run)
			if err != nil {
				t.Fatal(err)
			}
			if now.Run.ReportedAt != nil { // all that lacked was the answer
				return
			}
			if !now.CutOff {
				t.Error("nobody tells that it was cut off")
			}
			if _, err := m.process().Recover(t.Context(), world.RecoverRequest{}); drill.NameOf(err) != world.RecoveryCutOff {
				t.Errorf("another recovery began beside it: %v", err)
			}
			outcome, err := m.process().Resume(t.Context(), world.ResumeRequest{Run: run})
			if err != nil {
				t.Fatal(err)
			}
			if outcome.Ending != drill.Passed {
				t.Errorf("ending %s, %s %s", outcome.Ending, outcome.Error, outcome.Cause)
			}
			for _, s := range outcome.Recovery.Steps {
				if s.Status.State != recovery.Succeeded || s.Status.Attempt != 1 {
					t.Errorf("step %s is %s, attempt %d", s.Node.ID, s.Status.State, s.Status.Attempt)
				}
			}
			if _, err := m.process().Resume(t.Context(), world.ResumeRequest{Run: run}); drill.NameOf(err) != drill.InvalidInput {
				t.Errorf("resumed twice: %v", err)
			}
		})
	}
}

func TestSweepEndsACutOffRecovery(t *testing.T) {
	m := newMachine(t)
	run := m.cutOff("after", "claim-step", 1)
	w := m.process()
	found, err := w.Sweep(t.Context(), world.SweepOptions{DryRun: true})
	if err != nil || len(found) != 1 || found[0].Action != world.WouldRemove || found[0].ID != run {
		t.Errorf("dry run: %+v, %v", found, err)
	}
	found, err = w.Sweep(t.Context(), world.SweepOptions{})
	if err != nil || len(found) != 1 || found[0].Action != world.Removed {
		t.Errorf("%+v, %v", found, err)
	}
	now, err := w.Recovery(t.Context(), run)
	if err != nil || now.Run.ReportedAt == nil || now.Run.Aborted() == nil || now.CutOff {
		t.Errorf("%+v, %v", now.Run, err)
	}
}

func TestNoFailoverOnThisMachine(t *testing.T) {
	m := newMachine(t)
	_, err := m.process().Recover(t.Context(), world.RecoverRequest{Mode: recovery.Failover, Confirm: "test"})
	if drill.NameOf(err) != drill.InvalidInput || drill.HintOf(err) == "" {
		t.Error(err)
	}
}

func TestRecoveryThatIsNotThere(t *testing.T) {
	m := newMachine(t)
	w := m.process()
	for _, run := range []string{"", "nothing", "../evidence", ".claims"} {
		if _, err := w.Recovery(t.Context(), run); drill.NameOf(err) != drill.InvalidInput {
			t.Errorf("%q: %v", run, err)
		}
	}
}
