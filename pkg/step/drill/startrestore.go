package drillstep

import (
	"context"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Restorer starts a restore and returns at once, with all that it makes. The
// throwaway has the run's name, so that a second call finds the first one's. Errors: RestoreRefused,
// BackupUnreadable, BinariesMissing, Throttled, Transient.
type Restorer interface {
	StartRestore(ctx context.Context, run drill.Run, spec drill.Spec, point drill.RecoveryPoint) (drill.Copy, error)
}

// refused tells that the restore was surely not begun. Any other error leaves
// it open: a call whose answer was lost may create something minutes later.
func refused(err error) bool {
	switch drill.NameOf(err) {
	case drill.RestoreRefused, drill.QuotaReached, drill.BackupUnreadable, drill.BinariesMissing, drill.NoUsableBackup:
		return true
	}
	return false
}

// StartRestore asks for the throwaway copy.
type StartRestore struct {
	Restorer ByKind[Restorer]
	Journal  Journal
	Clock    step.Clock
}

type StartRestoreIn struct {
	Run   drill.Run           `json:"run"`
	Spec  drill.Spec          `json:"spec"`
	Point drill.RecoveryPoint `json:"point"`
}

type StartRestoreOut struct {
	Resource drill.Resource `json:"resource"` // the first of the copy: what is waited for
	Poll     Poll           `json:"poll"`
}

func (s StartRestore) Handle(ctx context.Context, in StartRestoreIn) (StartRestoreOut, error) {
	restorer, err := s.Restorer.Of(in.Spec.Kind)
	if err != nil {
		return StartRestoreOut{}, err
	}
	// Written before the call: whoever cleans up must know that something may
	// exist, even if no answer ever comes.
	intent := drill.Fact{At: s.Clock.Now(), State: "StartRestore", Kind: drill.FactPhaseStarted, Note: drill.PhaseStart}
	if err := s.Journal.Append(ctx, in.Run.ID, intent); err != nil {
		return StartRestoreOut{}, fmt.Errorf("writing the record of run %s: %w", in.Run.ID, err)
	}
	made, err := restorer.StartRestore(ctx, in.Run, in.Spec, in.Point)
	if err != nil {
		if refused(err) {
			over := drill.Fact{At: s.Clock.Now(), State: "StartRestore", Kind: drill.FactPhaseEnded, Note: drill.PhaseStart}
			// Best effort: without it clean-up only waits a little longer.
			_ = s.Journal.Append(ctx, in.Run.ID, over)
		}
		return StartRestoreOut{}, step.Named(drill.RestoreRefused, err, "restoring %s from %s", in.Spec.Name(), in.Point.ID)
	}
	now := s.Clock.Now()
	for _, resource := range made {
		fact := drill.Fact{At: now, State: "StartRestore", Kind: drill.FactRestoreRequested, Resource: &resource}
		if err := s.Journal.Append(ctx, in.Run.ID, fact); err != nil {
			return StartRestoreOut{}, fmt.Errorf("writing the record of run %s: %w", in.Run.ID, err)
		}
	}
	return StartRestoreOut{Resource: made.First(), Poll: Poll{StartedAt: now}.next(in.Spec.Limits, now)}, nil
}
