package aws

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// Sweep lets the deployed sweeper look now, with its own role and its own
// judgement: an operator needs the right to call it, and none to remove
// anything. There is no taking copies that were kept: after its grace the
// sweeper takes them anyway. Errors: those of the function, CleanupFailed among
// them, which names every copy that could not be judged or removed; nothing else
// is told then of what was found.
func (w *World) Sweep(ctx context.Context, o world.SweepOptions) ([]world.Swept, error) {
	function := w.names().Function(deployed.Sweeper)
	out, err := lambda.Invoke[rounds.SweeperOut](ctx, lambda.New(w.o.Config), function, rounds.SweeperIn{DryRun: o.DryRun})
	if err != nil {
		return nil, err
	}
	found := []world.Swept{}
	for _, s := range out.Orphans {
		item := swept(s, world.Removing, "its execution is over: its removal was asked for")
		if out.DryRun {
			item.Action, item.Reason = world.WouldRemove, "its execution is over"
		}
		found = append(found, item)
	}
	for _, s := range out.Kept {
		found = append(found, swept(s, world.Spared, s.Why))
	}
	return found, nil
}

func swept(s rounds.Swept, action world.Action, reason string) world.Swept {
	first := s.Throwaway.Copy.First()
	return world.Swept{Kind: first.Kind, ID: first.ID, Action: action, Reason: reason}
}
