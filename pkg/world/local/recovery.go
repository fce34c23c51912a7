package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

// recoveryPrefix is the form of Step Functions' ARNs, in a region of our own.
const recoveryPrefix = "arn:aws:states:local:000000000000:execution:recovery:"

// recoveryWorld is what recoveries on this machine work with. The record is a folder
// of files, so that another process can look, decide and take a run on. The servers
// that a run restores live on when this process dies (Survive), so that what it had
// recovered is still there for the process that resumes it; a run that is not over
// has its marks in recoveries/<run>.open, and Sweep aborts those that nobody works on.
type recoveryWorld struct {
	w        *World
	store    recoveries
	running  *executions // marks of the runs, by the first parent's ARN
	parent   *asl.Machine
	child    *asl.Machine
	database *postgres.Adapter
	commands *commands
	evidence recoveryevidence.Store
}

var _ world.Recoverer = (*World)(nil)

func (w *World) recoveries() (*recoveryWorld, error) {
	parent, err := asl.Load(statemachines.Recovery, asl.WithSubstitutions(recoverystep.ParentFunctions()))
	if err != nil {
		return nil, fmt.Errorf("load the recovery machine: %w", err)
	}
	child, err := asl.Load(statemachines.RecoveryStep, asl.WithSubstitutions(recoverystep.ChildFunctions()))
	if err != nil {
		return nil, fmt.Errorf("load the machine of a recovery's steps: %w", err)
	}
	dir := recoveriesIn(w.options.StateDir)
	r := &recoveryWorld{
		w: w, store: recoveries{dir}, running: &executions{dir: dir, mine: map[string]*os.File{}}, parent: parent, child: child,
		database: postgres.New(postgres.Options{CheckProgress: w.watcher.check, Survive: true}),
		evidence: RecoveriesIn(w.options.StateDir),
	}
	r.evidence.Waiting = patient(w.options.Waits, time.AfterFunc)
	r.evidence.Versions = recoveryevidence.Versions{Lifeboat: w.options.Version, Go: runtime.Version()}
	r.evidence.Host, _ = os.Hostname() // evidence without it is still evidence
	r.commands = &commands{
		folder: w.options.PlanDir, running: map[attempt]*command{},
		logs: func(run string) string { return filepath.Join(dir, run, "logs") },
	}
	return r, nil
}

// httpEvery is how often an application of this machine is asked whether it is there.
const httpEvery = 250 * time.Millisecond

// recoveriesIn is the folder of the records of recoveries.
func recoveriesIn(stateDir string) string { return filepath.Join(stateDir, "recoveries") }

// RecoveriesIn is the evidence of the recoveries of a state folder, beside that of its
// drills.
func RecoveriesIn(stateDir string) recoveryevidence.Store {
	of := StoreIn(stateDir)
	return recoveryevidence.Beside(of.Dir, of.Heads)
}

// endpoints of exercises.
func (r *recoveryWorld) endpoints() endpoints {
	return endpoints{filepath.Join(r.w.options.StateDir, "endpoints", "exercise")}
}

// steps wires the steps of both machines.
func (r *recoveryWorld) steps(e recoverystep.Executions) recoverystep.Steps {
	c := clock.Real{}
	stateDir := r.w.options.StateDir
	exercised := exercised{
		deployment: r.w.options.Plan.Deployment, scratches: r.w.scratches(), database: r.database,
		endpoints: r.endpoints(), commands: r.commands,
	}
	return recoverystep.Steps{
		PrepareRecovery:  recoverystep.PrepareRecovery{Store: r.store, Plans: r.w.plans, Executions: e, Clock: c, Version: r.w.options.Version},
		StartReady:       recoverystep.StartReady{Store: r.store, Executions: e, Clock: c},
		AwaitEnd:         recoverystep.AwaitEnd{Store: r.store, Executions: e, Clock: c},
		RemoveThrowaways: recoverystep.RemoveThrowaways{Store: r.store, Throwaways: exercised, Clock: c},
		ReportRecovery: recoverystep.ReportRecovery{
			Store: r.store, Evidence: r.evidence, Metrics: metricsFile{path: filepath.Join(stateDir, "metrics.jsonl"), clock: c}, Clock: c,
		},
		ClaimStep: recoverystep.ClaimStep{Store: r.store, Clock: c},
		RunStep: recoverystep.RunStep{Store: r.store, Clock: c, Works: recoverystep.Works{
			recovery.Validate:       validateWork{r.database, r.store},
			recovery.Restore:        restoreWork{r.database},
			recovery.PromoteReplica: promoteWork{},
			recovery.Endpoint:       exercised.endpoints,
			recovery.Invoke:         r.commands,
			recovery.Wait:           recoverystep.WorkWait{},
			recovery.HTTPCheck:      recoverystep.WorkHTTPCheck{Every: httpEvery},
			recovery.SQLCheck:       sqlCheckWork{r.database},
			recovery.Protect:        protectWork{},
		}},
		ReleaseStep: recoverystep.ReleaseStep{Store: r.store, Executions: e, Clock: c},
		DecideStep:  recoverystep.DecideStep{Store: r.store, Executions: e, Clock: c},
	}
}

// Recover runs one recovery to its end. When ctx ends first it is aborted: nothing
// begins any more, what it made is removed, and it is reported; that has a context of
// its own.
func (w *World) Recover(ctx context.Context, q world.RecoverRequest) (*world.RecoveryOutcome, error) {
	if q.Mode == recovery.Failover {
		return nil, noFailover()
	}
	sandbox.CloseSelf()
	if err := w.ours(); err != nil {
		return nil, err
	}
	r, err := w.recoveries()
	if err != nil {
		return nil, err
	}
	if err := r.alone(ctx); err != nil {
		return nil, err
	}
	if _, err := w.sweep(ctx, world.SweepOptions{}); err != nil {
		return nil, fmt.Errorf("clean up after earlier drills: %w", err)
	}
	name := w.clock.Now().Format("20060102T150405Z") + "-" + randomHex()
	p := r.process(name)
	p.observe = q.Observe
	request := recoverystep.Request{
		Mode: recovery.Exercise, Workload: q.Workload, StartedBy: cmp.Or(q.StartedBy, currentUser()), Trigger: cmp.Or(q.Trigger, "manual"),
	}
	return p.run(ctx, name, request)
}

// Resume takes on a run that nobody works on. What was under way when its process died
// is begun anew, by the same names.
func (w *World) Resume(ctx context.Context, q world.ResumeRequest) (*world.RecoveryOutcome, error) {
	sandbox.CloseSelf()
	if err := w.ours(); err != nil {
		return nil, err
	}
	r, err := w.recoveries()
	if err != nil {
		return nil, err
	}
	run, err := r.store.Run(ctx, q.Run)
	if err != nil {
		return nil, unknownRun(w.options.RecoverCommand, q.Run, err)
	}
	if run.ReportedAt != nil {
		return nil, &drill.Error{
			Name: drill.InvalidInput, What: "recovery " + run.ID + " is over, and reported", Hint: w.options.RecoverCommand("status", run.ID) + " shows it; " + w.options.RecoverCommand() + " starts another",
		}
	}
	closed, err := r.running.Closed(ctx, run.First)
	if err != nil {
		return nil, err
	}
	if !closed {
		return nil, r.isRunning(run)
	}
	p := r.process(run.ID)
	p.observe = q.Observe
	if !q.Abort && run.OverAt == nil {
		if err := r.stillThere(ctx, run); err != nil {
			return nil, err
		}
	}
	return p.run(ctx, recovery.ParentName(run.ID, run.Epoch+1), recoverystep.Request{Resume: run.ID, Abort: q.Abort, StartedBy: currentUser()})
}

// stillThere refuses to go on with databases that do not answer any more: a machine
// that was started again has ended their servers.
func (r *recoveryWorld) stillThere(ctx context.Context, run recovery.Run) error {
	steps, err := r.store.Steps(ctx, run.ID)
	if err != nil {
		return err
	}
	for _, s := range steps {
		result := s.Status.Result
		if s.Node.Kind != recovery.Restore || s.Status.State != recovery.Succeeded || result == nil || result.Endpoint == nil {
			continue
		}
		if err := postgres.Answers(ctx, reached(*result.Endpoint)); err != nil {
			return &drill.Error{
				Name: world.RecoveryCutOff, What: fmt.Sprintf("%s, which step %s restored, does not answer any more", s.Spec.Database, s.Node.ID), Err: err,
				Hint: "its server is gone, so this exercise cannot go on: " + r.w.options.RecoverCommand("resume", run.ID, "--abort") + " ends it, and " + r.w.options.RecoverCommand() + " begins another",
			}
		}
	}
	return nil
}

// Decide records a decision. Where a process works on the run it sees it within
// moments; else it counts once the run is resumed.
func (w *World) Decide(ctx context.Context, run string, d recovery.Decision) error {
	if err := w.trusted(); err != nil {
		return err
	}
	r, err := w.recoveries()
	if err != nil {
		return err
	}
	if _, err := r.store.Run(ctx, run); err != nil {
		return unknownRun(w.options.RecoverCommand, run, err)
	}
	_, err = r.steps(elsewhere{}).DecideStep.Handle(ctx, recoverystep.DecideStepIn{
		Run: run, Choice: d.Choice, Step: d.Step, Try: d.Try, By: cmp.Or(d.By, currentUser()), Reason: d.Reason,
	})
	return err
}

// PastRecoveries are what a state folder remembers; it needs no plan.
type PastRecoveries struct{ stateDir string }

// RecoveriesOf a state folder.
func RecoveriesOf(stateDir string) PastRecoveries { return PastRecoveries{stateDir} }

var _ world.Recoveries = PastRecoveries{}

// Recoveries are the newest.
func (p PastRecoveries) Recoveries(ctx context.Context, atMost int) ([]recovery.Run, error) {
	return recoveries{recoveriesIn(p.stateDir)}.Runs(ctx, atMost)
}

// Recovery is how a run stands; "": the newest.
func (p PastRecoveries) Recovery(ctx context.Context, run string) (world.Recovery, error) {
	dir := recoveriesIn(p.stateDir)
	store := recoveries{dir}
	if run == "" {
		runs, err := store.Runs(ctx, 1)
		if err != nil {
			return world.Recovery{}, err
		}
		if len(runs) == 0 {
			return world.Recovery{}, unknownRun(typed, "", recovery.ErrNoRun)
		}
		run = runs[0].ID
	}
	found, err := look(ctx, store, run)
	if err != nil {
		return found, unknownRun(typed, run, err)
	}
	if found.Run.ReportedAt == nil {
		found.CutOff, err = (&executions{dir: dir}).Closed(ctx, found.Run.First)
	}
	return found, err
}

// look reads a run with its steps.
func look(ctx context.Context, store recoveries, id string) (world.Recovery, error) {
	run, err := store.Run(ctx, id)
	if err != nil {
		return world.Recovery{}, err
	}
	steps, err := store.Steps(ctx, id)
	return world.Recovery{Run: run, Steps: steps, Seen: clock.Real{}.Now()}, err
}

// alone refuses to begin a recovery while another is not over: they would restore the
// same databases, and announce them in the same files.
func (r *recoveryWorld) alone(ctx context.Context) error {
	runs, err := r.store.Runs(ctx, 0)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if run.ReportedAt != nil {
			continue
		}
		closed, err := r.running.Closed(ctx, run.First)
		if err != nil {
			return err
		}
		if !closed {
			return r.isRunning(run)
		}
		return &drill.Error{
			Name: world.RecoveryCutOff, What: fmt.Sprintf("recovery %s, of %s, is not over, and nobody works on it", run.ID, run.StartedAt.UTC().Format(time.RFC3339)),
			Hint: r.w.options.RecoverCommand("resume", run.ID) + " goes on with it; " + r.w.options.RecoverCommand("resume", run.ID, "--abort") + " ends it and removes what it made",
		}
	}
	return nil
}

func (r *recoveryWorld) isRunning(run recovery.Run) error {
	return &drill.Error{
		Name: world.RecoveryRunning, What: fmt.Sprintf("recovery %s runs since %s", run.ID, run.StartedAt.UTC().Format(time.RFC3339)),
		Hint: r.w.options.RecoverCommand("status", run.ID, "--watch") + " shows it; " + r.w.options.RecoverCommand(recovery.AbortWords(run.ID)...) + " ends it",
	}
}

func noFailover() error {
	return &drill.Error{
		Name: drill.InvalidInput, What: "there is no failover on this machine: backups of kind postgres are restored into throwaways, and the plan names no server to put in the place of yours",
		Hint: "leave --mode out for an exercise; databases on AWS fail over with --world aws",
	}
}

// typed is a command of lifeboat recover for this machine, without flags.
func typed(words ...string) string { return recovery.Command("", words...) }

func unknownRun(command func(...string) string, run string, err error) error {
	if !errors.Is(err, recovery.ErrNoRun) {
		return err
	}
	what := "there is no recovery " + run
	if run == "" {
		what = "there was no recovery yet"
	}
	return &drill.Error{Name: drill.InvalidInput, What: what, Err: err, Hint: command("status", "--list") + " lists the newest; " + command() + " starts one"}
}

// handlers of both machines.
func (r *recoveryWorld) handlers(e recoverystep.Executions) map[string]step.Handler {
	return recoverystep.Handlers(r.steps(e))
}
