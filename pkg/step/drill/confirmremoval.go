package drillstep

import (
	"context"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Inventory lists what carries the run's name and still exists, in whatever
// state.
type Inventory interface {
	Remaining(ctx context.Context, run drill.Run, spec drill.Spec) ([]drill.Resource, error)
}

// ConfirmRemoval looks whether everything is gone. Where a restore call was
// never answered it goes on looking for a while: the restore may still appear.
// After the limit it gives up and names what is left.
type ConfirmRemoval struct {
	Inventory ByKind[Inventory]
	Journal   Journal
	Clock     step.Clock
}

type ConfirmRemovalIn struct {
	Scope
	// Poll is nil where the first Cleanup failed.
	Poll *Poll `json:"poll"`
	Kept bool  `json:"kept"`
	// Failure is that of this round's Cleanup.
	Failure *drill.Failure `json:"failure"`
}

type ConfirmRemovalOut struct {
	Waiting bool          `json:"waiting"`
	Poll    Poll          `json:"poll"`
	Removal drill.Removal `json:"removal"`
}

// maxNamed bounds what is carried in the execution; the record has all.
const maxNamed = 20

func (s ConfirmRemoval) Handle(ctx context.Context, in ConfirmRemovalIn) (ConfirmRemovalOut, error) {
	now := s.Clock.Now()
	out := ConfirmRemovalOut{Poll: Poll{StartedAt: now, NextAt: timestamp(in.limits(), now)}}
	if in.Poll != nil {
		out.Poll = *in.Poll
	}
	out.Removal.Failure = step.Decoded(in.Failure)
	if in.Run == nil || in.Spec == nil {
		out.Removal.Clean = true
		return out, nil
	}
	run, spec := *in.Run, *in.Spec
	inventory, err := s.Inventory.Of(spec.Kind)
	if err != nil {
		return ConfirmRemovalOut{}, err
	}
	remaining, err := inventory.Remaining(ctx, run, spec)
	if err != nil {
		return ConfirmRemovalOut{}, step.Named(drill.CleanupFailed, err, "looking for what is left of %s", run.Throwaway)
	}
	now = s.Clock.Now()
	out.Removal.Remaining = remaining[:min(len(remaining), maxNamed)]
	if in.Kept {
		out.Removal.Clean, out.Removal.Kept = true, true
		return out, nil
	}
	limits, elapsed := spec.Limits, out.Poll.since(now)
	facts, readErr := s.Journal.Facts(ctx, run.ID)
	unanswered := readErr != nil || drill.AskedOf(facts).Open
	tooEarly := len(remaining) == 0 && unanswered && elapsed < drill.Seconds(limits.LateCreationSeconds)
	if (len(remaining) > 0 || tooEarly) && elapsed < drill.Seconds(max(limits.RemovalSeconds, limits.LateCreationSeconds)) {
		out.Waiting = true
		next := drill.RemovalPolling(limits).Next(out.Poll.StartedAt, now, 0, drill.Seconds(max(limits.RemovalSeconds, limits.LateCreationSeconds)))
		out.Poll.NextAt = timestamp(limits, next)
		return out, nil
	}
	out.Removal.Clean = len(remaining) == 0
	fact := drill.Fact{At: now, State: "ConfirmRemoval", Kind: drill.FactRemovalObserved, Remaining: remaining}
	if !out.Removal.Clean {
		fact.Kind = drill.FactRemovalAbandoned
	}
	if err := s.Journal.Append(ctx, run.ID, fact); err != nil {
		// What is left decides the ending, not whether it could be written.
		out.Removal.RecordError = fmt.Sprintf("run %s: %v", run.ID, err)
	}
	return out, nil
}
