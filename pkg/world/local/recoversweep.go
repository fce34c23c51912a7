package local

import (
	"context"
	"errors"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// sweepRecoveries ends the exercises that were cut off.
func (w *World) sweepRecoveries(ctx context.Context, o world.SweepOptions) ([]world.Swept, error) {
	runs, err := w.Recoveries(ctx, 0)
	errs := []error{err}
	var found []world.Swept
	for _, run := range runs {
		if run.ReportedAt != nil {
			continue
		}
		now, err := w.Recovery(ctx, run.ID)
		if err != nil || !now.CutOff {
			errs = append(errs, err)
			continue
		}
		item := world.Swept{Kind: "recovery", ID: run.ID, Action: world.WouldRemove, Reason: "it was cut off: it is aborted, and what its exercise made is removed"}
		if !o.DryRun {
			item.Action, item.Reason, err = w.sweepRecovery(ctx, run.ID)
			errs = append(errs, err)
		}
		found = append(found, item)
	}
	return found, errors.Join(errs...)
}

func (w *World) sweepRecovery(ctx context.Context, run string) (world.Action, string, error) {
	outcome, err := w.Resume(ctx, world.ResumeRequest{Run: run, Abort: true})
	switch {
	case err != nil:
		return world.NotRemoved, err.Error(), err
	case outcome.Ending == "" || outcome.Ending == drill.FailureDirty:
		return world.NotRemoved, outcome.Error + ": " + outcome.Cause, nil
	}
	return world.Removed, "it was cut off: it is aborted and reported, and what its exercise made is removed", nil
}

// openRecoveries are those whose throwaways nobody else may remove.
func (w *World) openRecoveries(ctx context.Context) (map[string]bool, error) {
	runs, err := w.Recoveries(ctx, 0)
	open := map[string]bool{}
	for _, run := range runs {
		open[run.ID] = run.ReportedAt == nil
	}
	return open, err
}
