package drillstep

import (
	"context"
	"errors"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Remover removes what a run may have made, whether or not its creation was
// ever answered.
type Remover interface {
	// Parts are the names of all that the copy of a run consists of, in the order
	// of removal. It asks nobody: they follow from the run.
	Parts(run drill.Run) drill.Copy
	// Remove asks for the removal of one part, where it carries the run's name and
	// lifeboat's mark. Nothing there, already being removed, and not to be removed
	// before another part is gone, are success. It does not wait.
	Remove(ctx context.Context, run drill.Run, spec drill.Spec, part drill.Resource) error
}

// Cleanup removes the throwaway, or keeps it where that was asked for and the
// copy became available. It trusts neither the machine nor the run record: a
// record that cannot be read or written does not stop the removal.
type Cleanup struct {
	Remover ByKind[Remover]
	Journal Journal
	Clock   step.Clock
}

type CleanupIn struct {
	Scope
	// Poll is nil in the first round.
	Poll *Poll `json:"poll"`
}

type CleanupOut struct {
	Poll Poll `json:"poll"`
	Kept bool `json:"kept"`
	// Failure is always nil here: the machine sets it where Cleanup failed.
	Failure *drill.Failure `json:"failure"`
}

func (s Cleanup) Handle(ctx context.Context, in CleanupIn) (CleanupOut, error) {
	now := s.Clock.Now()
	out := CleanupOut{Poll: Poll{StartedAt: now, NextAt: timestamp(in.limits(), now)}}
	if in.Poll != nil {
		out.Poll = *in.Poll
	}
	if in.Run == nil || in.Spec == nil {
		return out, nil // never claimed: nothing was created
	}
	run, spec := *in.Run, *in.Spec
	facts, readErr := s.Journal.Facts(ctx, run.ID)
	if spec.Keep && readErr == nil {
		if kept := availableCopy(facts); kept != nil {
			out.Kept = true
			return out, s.keep(ctx, run, facts, *kept)
		}
	}
	remover, err := s.Remover.Of(spec.Kind)
	if err != nil {
		return CleanupOut{}, err
	}
	if err := removeAll(ctx, remover, run, spec); err != nil {
		return CleanupOut{}, step.Named(drill.CleanupFailed, err, "removing %s", run.Throwaway)
	}
	if readErr == nil && find(facts, drill.FactRemovalRequested) == nil {
		fact := drill.Fact{At: now, State: "Cleanup", Kind: drill.FactRemovalRequested}
		// Best effort: ConfirmRemoval reports a record that cannot be written,
		// and must be reached for that.
		_ = s.Journal.Append(ctx, run.ID, fact)
	}
	return out, nil
}

// removeAll asks for the removal of every part, in order. It goes on after an
// error: what can go does.
func removeAll(ctx context.Context, remover Remover, run drill.Run, spec drill.Spec) error {
	var problems []error
	for _, part := range remover.Parts(run) {
		problems = append(problems, remover.Remove(ctx, run, spec, part))
	}
	return errors.Join(problems...)
}

func (s Cleanup) keep(ctx context.Context, run drill.Run, facts []drill.Fact, copy drill.Resource) error {
	if find(facts, drill.FactKept) != nil {
		return nil
	}
	fact := drill.Fact{At: s.Clock.Now(), State: "Cleanup", Kind: drill.FactKept, Resource: &copy}
	return s.Journal.Append(ctx, run.ID, fact)
}

// availableCopy is the restored copy, where it became available; a half
// restored one is never kept.
func availableCopy(facts []drill.Fact) *drill.Resource {
	available := slices.ContainsFunc(facts, func(f drill.Fact) bool {
		return f.Kind == drill.FactRestoreObserved && f.Status != nil && f.Status.Available
	})
	requested := find(facts, drill.FactRestoreRequested)
	if !available || requested == nil {
		return nil
	}
	return requested.Resource
}
