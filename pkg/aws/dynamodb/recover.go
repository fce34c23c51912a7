package dynamodb

import (
	"context"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// The record of a recovery is one item for the run, one for each step and one for
// each database. A write of a run or a step names the revision that it was made of:
// of two writers one succeeds, and the other looks again.
//
// A run is there once its head is, which is written last; what a crash before that
// left is taken over by the next attempt to create it. The list of runs has its
// entry before the head is there, so no run is missing in it, and who reads it
// passes over those without a head.

func recoveryKey(run string) string { return "recovery#" + run }

func runKey(run string) key { return key{recoveryKey(run), "meta"} }

func stepKey(run string, number int) key {
	return key{recoveryKey(run), fmt.Sprintf("%s%03d", stepPrefix, number)}
}

func databaseKey(run, name string) key { return key{recoveryKey(run), "database#" + name} }

func claimKey(name string) key { return key{"recovery-claim#" + name, "claim"} }

func listKey(run recovery.Run) key {
	return key{recoveries, run.StartedAt.UTC().Format(sortableTime) + "#" + run.ID}
}

const (
	stepPrefix = "step#"
	recoveries = "recoveries"
)

// Recoveries are the records of recoveries in a table. It is safe for concurrent
// use, also by several processes.
type Recoveries struct{ table *Table }

// Recoveries of the table's deployment.
func (t *Table) Recoveries() Recoveries { return Recoveries{t} }

// Create writes the record of a run: its steps, its databases and, last, its head.
// A record that is there, whole or in part, is left as it is: who creates it again
// after a crash or a lost answer has the same plan.
// Errors: InvalidInput for a part that no item can hold.
func (r Recoveries) Create(ctx context.Context, run recovery.Run, steps []recovery.Record, databases []drill.RecoveredDatabase) error {
	what := "create the record of recovery " + run.ID
	there, err := r.table.get(ctx, runKey(run.ID), what)
	if there != nil || err != nil {
		return err
	}
	parts := []keyed{}
	for _, s := range steps {
		parts = append(parts, keyed{stepKey(run.ID, s.Number), s, s.Revision})
	}
	for _, d := range databases {
		parts = append(parts, keyed{databaseKey(run.ID, d.Name), d, 0})
	}
	parts = append(parts, keyed{listKey(run), run.ID, 0}, keyed{runKey(run.ID), run, run.Revision})
	for _, p := range parts {
		i, err := p.item(what)
		if err != nil {
			return err
		}
		if _, err := r.table.put(ctx, i, condition{absent: true}, what); err != nil {
			return err
		}
	}
	return nil
}

// Run is the head of a run's record. The error is recovery.ErrNoRun.
func (r Recoveries) Run(ctx context.Context, id string) (recovery.Run, error) {
	return read[recovery.Run](ctx, r.table, runKey(id), "read the record of recovery "+id)
}

// Steps of a run, in the order of the plan. The error is recovery.ErrNoRun.
func (r Recoveries) Steps(ctx context.Context, id string) ([]recovery.Record, error) {
	what := "read the steps of recovery " + id
	var steps []recovery.Record
	for i, err := range r.table.query(ctx, key{recoveryKey(id), stepPrefix}, false, 0, what) {
		if err != nil {
			return nil, err
		}
		step, err := parsed[recovery.Record](i, what)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	if len(steps) == 0 { // every run has some
		return nil, fmt.Errorf("%s: %w", what, recovery.ErrNoRun)
	}
	return steps, nil
}

// Step of a run, by its number. The error is recovery.ErrNoRun.
func (r Recoveries) Step(ctx context.Context, id string, number int) (recovery.Record, error) {
	return read[recovery.Record](ctx, r.table, stepKey(id, number), fmt.Sprintf("read step %d of recovery %s", number, id))
}

// Database of a run, by its name. The error is recovery.ErrNoRun.
func (r Recoveries) Database(ctx context.Context, id, name string) (drill.RecoveredDatabase, error) {
	return read[drill.RecoveredDatabase](ctx, r.table, databaseKey(id, name), fmt.Sprintf("read database %s of recovery %s", name, id))
}

// PutRun writes the head of a run on condition that its revision is still the one
// given, and counts it up. Errors: recovery.ErrConflict; InvalidInput where no item
// can hold it.
func (r Recoveries) PutRun(ctx context.Context, run recovery.Run) error {
	of := run.Revision
	run.Revision++
	what := "write the record of recovery " + run.ID
	return r.table.replace(ctx, keyed{runKey(run.ID), run, run.Revision}, of, what)
}

// PutStep writes a step likewise.
func (r Recoveries) PutStep(ctx context.Context, id string, step recovery.Record) error {
	of := step.Revision
	step.Revision++
	k, what := stepKey(id, step.Number), fmt.Sprintf("write step %d of recovery %s", step.Number, id)
	return r.table.replace(ctx, keyed{k, step, step.Revision}, of, what)
}

// Runs are the newest, newest first; at most so many.
func (r Recoveries) Runs(ctx context.Context, atMost int) ([]recovery.Run, error) {
	const what = "list the recoveries"
	var runs []recovery.Run
	for i, err := range r.table.query(ctx, key{pk: recoveries}, true, int32(max(1, min(atMost, 100))), what) { //nolint:gosec // 100 at most
		if err != nil {
			return nil, err
		}
		if len(runs) >= atMost {
			break
		}
		id, err := parsed[string](i, what)
		if err != nil {
			return nil, err
		}
		head, err := r.table.get(ctx, runKey(id), what)
		if err != nil {
			return nil, err
		}
		if head == nil {
			continue // it was never there as a whole, or it has expired
		}
		run, err := parsed[recovery.Run](head, what)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	return runs, nil
}
