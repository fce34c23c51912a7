package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/throwaway"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

const (
	// lostAfter is how long a record that was there may be unreadable: a file system may
	// stumble.
	lostAfter = 5 * time.Second
	// endsWithin is how long executions that were aborted are waited for.
	endsWithin = 10 * time.Second
	// removals are how often what was made is removed: a step that was just restoring
	// when its execution was aborted may make it once more.
	removals = 3
	// removalEvery is between two of them.
	removalEvery = 500 * time.Millisecond
)

// lost ends a run whose record somebody took away: nobody can go on with it, nor see
// what it made, so what is still known of it here is used to remove that by name. It
// returns what is to be said: RecoveryLost, or CleanupFailed where something may be left.
func (p *process) lost(ctx context.Context, last seen) error {
	p.endAll("RecoveryLost", "the record of the recovery cannot be read any more")
	p.commands.stop()
	run := last.now.Run
	err := p.removeByName(ctx, run, last.now.Steps)
	if errors.Is(last.trouble, recoverystep.ErrNoRun) {
		err = errors.Join(err, p.running.settle(run.First))
	} else {
		err = errors.Join(err, p.running.abandon(run.First))
	}
	what := fmt.Sprintf("recovery %s: its record cannot be read any more: %v", run.ID, last.trouble)
	if err != nil {
		return &drill.Error{
			Name: drill.CleanupFailed, What: what + "; and what it made may be left", Err: err,
			Hint: p.w.options.SweepKept + " removes what carries lifeboat's mark; look for PostgreSQL servers of the folders that are named here",
		}
	}
	hint := "leave " + p.w.options.StateDir + " alone while a recovery runs; start another: " + p.w.options.RecoverCommand()
	if !errors.Is(last.trouble, recoverystep.ErrNoRun) {
		hint = "mend the file that is named here, or move the folder of the run away; then start another: " + p.w.options.RecoverCommand()
	}
	return &drill.Error{Name: world.RecoveryLost, What: what + "; what it made is removed, and there is no evidence", Hint: hint}
}

// endAll aborts what this process runs, and waits for it.
func (p *process) endAll(name, why string) {
	p.mu.Lock()
	all := slices.Concat(slices.Collect(maps.Values(p.parents)), slices.Collect(maps.Values(p.children)))
	p.mu.Unlock()
	for _, x := range all {
		x.Abort(name, why)
	}
	late := time.After(endsWithin)
	for _, x := range all {
		select {
		case <-x.Done():
		case <-late:
			return
		}
	}
}

// removeByName removes what the steps of an exercise make: by the names that follow from
// the run, for the folders with the marks may be gone while the servers still run.
func (p *process) removeByName(ctx context.Context, run recovery.Run, steps []recovery.Record) error {
	made := exercised{
		deployment: run.Deployment, scratches: p.w.scratches(), database: p.database, endpoints: p.endpoints(), commands: p.commands,
	}
	var err error
	for range removals {
		err = errors.Join(made.Remove(ctx, run, steps), made.removeNamed(ctx, run, steps))
		if failed := clock.Pause(ctx, removalEvery); failed != nil {
			return errors.Join(err, failed)
		}
	}
	if err != nil {
		return err
	}
	left, err := made.Remaining(ctx, run, steps)
	named, errNamed := made.remainingNamed(run, steps)
	if err = errors.Join(err, errNamed); err == nil && len(left)+len(named) > 0 {
		err = fmt.Errorf("still there: %v", append(left, named...))
	}
	return err
}

// names are those of the throwaways of a run, whether they are there or not.
func names(run recovery.Run, steps []recovery.Record) (names []string) {
	for _, s := range steps {
		if s.Node.Kind == recovery.Restore {
			names = append(names, drill.ThrowawayName(run.Deployment, run.First+"#"+s.Node.ID))
		}
	}
	return names
}

func (e exercised) removeNamed(ctx context.Context, run recovery.Run, steps []recovery.Record) error {
	var errs []error
	for _, name := range names(run, steps) {
		for _, scratch := range e.scratches {
			errs = append(errs, e.database.RemoveNamed(ctx, scratch, e.deployment, name))
		}
	}
	return errors.Join(errs...)
}

func (e exercised) remainingNamed(run recovery.Run, steps []recovery.Record) (left []recovery.Resource, err error) {
	for _, name := range names(run, steps) {
		for _, scratch := range e.scratches {
			found, err := throwaway.Remaining(scratch, name)
			if err != nil {
				return nil, err
			}
			for _, r := range found {
				left = append(left, recovery.Resource{Kind: postgres.ResourceKind, ID: name + ", " + r.Kind + " " + r.ID, Throwaway: true})
			}
		}
	}
	return left, nil
}
