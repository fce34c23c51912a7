package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/throwaway"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// Sweep removes what killed drills left: first by running the machine on their
// runs, so that they get evidence, then whatever carries our name and our
// marker and belongs to nobody alive. It goes on after an error and returns
// all of them.
//
// A recovery that nobody works on is aborted by its own machines: what its exercise
// made is removed, and it is reported.
func (w *World) Sweep(ctx context.Context, o world.SweepOptions) ([]world.Swept, error) {
	recoveries, err := w.sweepRecoveries(ctx, o)
	found, errSwept := w.sweep(ctx, o)
	return append(recoveries, found...), errors.Join(err, errSwept)
}

// sweep is that of drills. What a recovery made that is not over is left to it: also
// where nobody works on it, for it can be resumed.
func (w *World) sweep(ctx context.Context, o world.SweepOptions) ([]world.Swept, error) {
	if _, err := os.Stat(w.options.StateDir); err == nil { // what it finds there it acts on
		if err := w.trusted(); err != nil {
			return nil, err
		}
	}
	ids, err := w.executions.cutOff()
	errs := []error{err}
	var found []world.Swept
	for _, id := range ids {
		item := world.Swept{Kind: "execution", ID: id, Action: world.WouldRemove, Reason: "it was cut off"}
		if !o.DryRun {
			item.Action, item.Reason, err = w.sweepRun(ctx, id)
			errs = append(errs, err)
		}
		found = append(found, item)
	}
	for _, scratch := range w.scratches() {
		items, err := w.sweepFolder(ctx, scratch, o)
		found, errs = append(found, items...), append(errs, err)
	}
	return found, errors.Join(errs...)
}

func (w *World) sweepRun(ctx context.Context, id string) (action world.Action, reason string, err error) {
	outcome, err := w.cleanUp(ctx, id, "killed", nil)
	switch {
	case err != nil:
		return world.NotRemoved, err.Error(), err
	case outcome.Ending == drill.FailureDirty:
		return world.NotRemoved, outcome.Cause, nil
	}
	return world.Removed, "it was cut off, and its run is cleaned up", nil
}

func (w *World) sweepFolder(ctx context.Context, scratch string, o world.SweepOptions) ([]world.Swept, error) {
	entries, err := throwaway.List(scratch, w.options.Plan.Deployment)
	open, errOpen := w.openRecoveries(ctx)
	errs := []error{err, errOpen}
	var found []world.Swept
	for _, e := range entries {
		item := world.Swept{Kind: "throwaway", ID: e.Name, Path: e.Path, Action: world.Spared}
		kept := e.Marker != nil && e.Marker.Kept
		switch {
		case !e.Ours:
			item.Foreign, item.Reason = true, "it has our name and not our marker: "+e.Why
		case e.Marker != nil && (errOpen != nil || open[e.Marker.RunID]):
			item.Reason = "recovery " + e.Marker.RunID + " is not over: " + w.options.RecoverCommand("resume", e.Marker.RunID) + " goes on with it"
		case e.Abandoned(), o.Kept && kept && e.Owner == throwaway.Dead:
			item.Action, item.Reason = world.WouldRemove, "nobody works on it"
			if o.DryRun {
				break
			}
			if err := throwaway.RemoveEntry(ctx, w.options.Plan.Deployment, e); err != nil {
				item.Action, item.Reason = world.NotRemoved, err.Error()
				errs = append(errs, err)
				break
			}
			item.Action = world.Removed
		case kept:
			item.Reason = "it was kept on request: " + w.options.SweepKept + " removes it"
		default:
			item.Reason = "a running drill works on it"
		}
		found = append(found, item)
	}
	return found, errors.Join(errs...)
}

// scratches are the folders in which the plan's databases have throwaways.
func (w *World) scratches() []string {
	folders := []string{filepath.Join(w.options.StateDir, "scratch")}
	for _, name := range w.options.Plan.Names() {
		spec, err := slice.SpecFor(w.options.Plan, name, w.plans.Places)
		if err == nil && spec.Postgres != nil && !slices.Contains(folders, spec.Postgres.Scratch) {
			folders = append(folders, spec.Postgres.Scratch)
		}
	}
	return folders
}
