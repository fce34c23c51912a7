package recoverytest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// StoreSuite is what every store of recoveries must pass. open makes an empty one.
func StoreSuite(t *testing.T, open func(t *testing.T) recoverystep.Store) {
	for name, test := range map[string]func(*testing.T, recoverystep.Store){
		"reads what was written":    readsWhatWasWritten,
		"creates once":              createsOnce,
		"knows what is not there":   knowsWhatIsNotThere,
		"refuses what is stale":     refusesWhatIsStale,
		"keeps runs apart":          keepsRunsApart,
		"claims for one":            claimsForOne,
		"lists the newest":          listsTheNewest,
		"holds two hundred steps":   holdsManySteps,
		"steps do not shut out run": stepsDoNotShutOutRun,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

var suiteStart = time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC)

func suiteRun(id string, n int) recovery.Run {
	return recovery.Run{
		ID: id, Deployment: "test", Mode: recovery.Exercise, StartedAt: suiteStart.Add(time.Duration(n) * time.Minute), StartedBy: "ann",
		Workloads: []recovery.Workload{{Name: "w", RTOSeconds: 60, RPOSeconds: 30}}, PlanHash: "h", Version: "v", DecisionSeconds: 600,
		First: ARN(id), Epoch: 1, Execution: ARN(id),
	}
}

func suiteSteps(n int) []recovery.Record {
	var steps []recovery.Record
	for i := 1; i <= n; i++ {
		r := recovery.Record{
			Number: i, Node: recovery.Node{ID: fmt.Sprintf("w/s%03d", i), Kind: recovery.Wait},
			Spec: recovery.Spec{Workload: "w", TimeoutSeconds: 60, WaitSeconds: float64(i)}, Status: recovery.Status{State: recovery.Waiting, Attempt: 1},
		}
		if i > 1 {
			r.Node.After = []string{fmt.Sprintf("w/s%03d", i-1)}
		}
		steps = append(steps, r)
	}
	return steps
}

func suiteDatabases() []drill.RecoveredDatabase {
	return []drill.RecoveredDatabase{
		{Name: "w/one", Drill: drill.Spec{Workload: "w", Database: "one", Kind: "rds-instance"}, Target: &drill.RecoveryTarget{Identifier: "one-dr", SecurityGroups: []string{"sg-1"}, BackupDays: 7, MultiAZ: true}},
		{Name: "w/two", Drill: drill.Spec{Workload: "w", Database: "two", Kind: "rds-instance"}, Replica: "two-replica"},
	}
}

func create(t *testing.T, s recoverystep.Store, id string, n, steps int) {
	t.Helper()
	if err := s.Create(context.Background(), suiteRun(id, n), suiteSteps(steps), suiteDatabases()); err != nil {
		t.Fatal(err)
	}
}

func same[T any](t *testing.T, what string, want, got T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s:\n%s", what, diff)
	}
}

func readsWhatWasWritten(t *testing.T, s recoverystep.Store) {
	ctx := context.Background()
	create(t, s, "run-1", 0, 3)
	run, err := s.Run(ctx, "run-1")
	same(t, "run", suiteRun("run-1", 0), run, err)
	steps, err := s.Steps(ctx, "run-1")
	same(t, "steps", suiteSteps(3), steps, err)
	second, err := s.Step(ctx, "run-1", 2)
	same(t, "step 2", suiteSteps(3)[1], second, err)
	for _, want := range suiteDatabases() {
		got, err := s.Database(ctx, "run-1", want.Name)
		same(t, want.Name, want, got, err)
	}
	at := suiteStart.Add(time.Second)
	loss := 12.5
	second.Status = recovery.Status{
		State: recovery.Failed, Attempt: 2, ReadyAt: &at, StartedAt: &at, EndedAt: &at, Failure: &recovery.Failure{State: "RunStep", Error: "E", Cause: "c", Hint: "h"},
		Earlier: []recovery.Attempt{{StartedAt: &at, EndedAt: &at, Failure: &recovery.Failure{Error: "E", Cause: "c"}}},
		Result:  &recovery.Result{Says: "x", LossSeconds: &loss, PointTime: &at, Resources: []recovery.Resource{{Kind: "rds:db", ID: "i", Throwaway: true}}, Endpoint: &recovery.Access{Host: "h", Port: 5432}},
	}
	if err := s.PutStep(ctx, "run-1", second); err != nil {
		t.Fatal(err)
	}
	second.Revision++
	got, err := s.Step(ctx, "run-1", 2)
	same(t, "step 2, written", second, got, err)
	run.Token, run.DecideBy, run.OverAt, run.Ending = "token", &at, &at, "Passed"
	run.Decisions = []recovery.Decision{{Choice: recovery.Skip, Step: "w/s002", Try: 2, By: "ann", Reason: "r", At: at}}
	if err := s.PutRun(ctx, run); err != nil {
		t.Fatal(err)
	}
	run.Revision++
	gotRun, err := s.Run(ctx, "run-1")
	same(t, "run, written", run, gotRun, err)
}

func createsOnce(t *testing.T, s recoverystep.Store) {
	ctx := context.Background()
	create(t, s, "run-1", 0, 2)
	first, err := s.Step(ctx, "run-1", 1)
	if err != nil {
		t.Fatal(err)
	}
	first.Status.State = recovery.Ready
	if err := s.PutStep(ctx, "run-1", first); err != nil {
		t.Fatal(err)
	}
	create(t, s, "run-1", 0, 2) // after a lost answer
	got, err := s.Step(ctx, "run-1", 1)
	first.Revision++
	same(t, "step 1", first, got, err)
}

func knowsWhatIsNotThere(t *testing.T, s recoverystep.Store) {
	ctx := context.Background()
	create(t, s, "run-1", 0, 1)
	_, run := s.Run(ctx, "run-2")
	_, steps := s.Steps(ctx, "run-2")
	_, one := s.Step(ctx, "run-2", 1)
	_, other := s.Step(ctx, "run-1", 2)
	_, database := s.Database(ctx, "run-1", "w/three")
	for what, err := range map[string]error{
		"run": run, "steps": steps, "step": one, "step of a run": other, "database": database,
		"put run": s.PutRun(ctx, suiteRun("run-2", 0)), "put step": s.PutStep(ctx, "run-2", suiteSteps(1)[0]),
	} {
		none := errors.Is(err, recovery.ErrNoRun)
		if strings.HasPrefix(what, "put") {
			none = none || errors.Is(err, recovery.ErrConflict) // one conditional write cannot tell
		}
		if !none {
			t.Errorf("%s: %v is not ErrNoRun", what, err)
		}
	}
}

func refusesWhatIsStale(t *testing.T, s recoverystep.Store) {
	ctx := context.Background()
	create(t, s, "run-1", 0, 1)
	run, err := s.Run(ctx, "run-1")
	if err != nil {
		t.Fatal(err)
	}
	run.Token = "first"
	if err := s.PutRun(ctx, run); err != nil {
		t.Fatal(err)
	}
	run.Token = "second"
	if err := s.PutRun(ctx, run); !errors.Is(err, recovery.ErrConflict) {
		t.Errorf("a stale run: %v", err)
	}
	r, err := s.Step(ctx, "run-1", 1)
	if err != nil {
		t.Fatal(err)
	}
	r.Status.State = recovery.Ready
	if err := s.PutStep(ctx, "run-1", r); err != nil {
		t.Fatal(err)
	}
	r.Status.State = recovery.Skipped
	if err := s.PutStep(ctx, "run-1", r); !errors.Is(err, recovery.ErrConflict) {
		t.Errorf("a stale step: %v", err)
	}
	got, err := s.Step(ctx, "run-1", 1)
	if err != nil || got.Status.State != recovery.Ready {
		t.Errorf("it is %s (%v): a conflict has no effect", got.Status.State, err)
	}
}

func keepsRunsApart(t *testing.T, s recoverystep.Store) {
	ctx := context.Background()
	create(t, s, "run-1", 0, 2)
	create(t, s, "run-10", 1, 3)
	steps, err := s.Steps(ctx, "run-1")
	same(t, "steps of run-1", suiteSteps(2), steps, err)
	steps, err = s.Steps(ctx, "run-10")
	same(t, "steps of run-10", suiteSteps(3), steps, err)
}

func claimsForOne(t *testing.T, s recoverystep.Store) {
	ctx := context.Background()
	for i, c := range []struct{ name, run, instead, want, reason string }{
		{"n", "a", "", "a", "nobody had it"},
		{"n", "a", "", "a", "it has it already"},
		{"n", "b", "", "a", "another has it"},
		{"n", "b", "c", "a", "who is named has it not"},
		{"n", "b", "a", "b", "who is named has it"},
		{"n", "a", "", "b", "it lost it"},
		{"m", "a", "", "a", "another name"},
		{"m", "b", "x", "a", "who is named has it not"},
		{"o", "b", "x", "b", "nobody had it, whoever is named"},
	} {
		if got, err := s.Claim(ctx, c.name, c.run, c.instead); err != nil || got != c.want {
			t.Errorf("claim %d (%s): %q, %v; want %q", i, c.reason, got, err, c.want)
		}
	}
}

func listsTheNewest(t *testing.T, s recoverystep.Store) {
	for i, id := range []string{"b", "c", "a"} {
		create(t, s, id, i, 1)
	}
	for atMost, want := range map[int][]string{2: {"a", "c"}, 9: {"a", "c", "b"}} {
		runs, err := s.Runs(context.Background(), atMost)
		var ids []string
		for _, r := range runs {
			ids = append(ids, r.ID)
		}
		same(t, fmt.Sprintf("the newest %d", atMost), want, ids, err)
	}
}

func holdsManySteps(t *testing.T, s recoverystep.Store) {
	create(t, s, "run-1", 0, 200)
	steps, err := s.Steps(context.Background(), "run-1")
	same(t, "200 steps", suiteSteps(200), steps, err)
}

func stepsDoNotShutOutRun(t *testing.T, s recoverystep.Store) {
	ctx := context.Background()
	create(t, s, "run-1", 0, 2)
	run, err := s.Run(ctx, "run-1")
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Step(ctx, "run-1", 1)
	if err != nil {
		t.Fatal(err)
	}
	r.Status.State = recovery.Ready
	if err := s.PutStep(ctx, "run-1", r); err != nil {
		t.Fatal(err)
	}
	run.Token = "t"
	if err := s.PutRun(ctx, run); err != nil {
		t.Errorf("the run has a revision of its own: %v", err)
	}
}
