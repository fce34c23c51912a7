package drillstep

import (
	"context"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// SlotReleaser gives a lock back, if the execution has it. That it has not is
// success: another's lock is never touched.
type SlotReleaser interface {
	Release(ctx context.Context, database, executionID string) error
}

// ReleaseSlot gives the lock of the run back. Where it fails the ending
// stays: the execution is about to close, and then the lock can be taken over.
type ReleaseSlot struct {
	Slots   SlotReleaser
	Journal Journal
	Clock   step.Clock
}

type ReleaseSlotIn struct{ Scope }

type ReleaseSlotOut struct {
	Released bool `json:"released"`
}

func (s ReleaseSlot) Handle(ctx context.Context, in ReleaseSlotIn) (ReleaseSlotOut, error) {
	if in.Run == nil || in.Spec == nil {
		// Never claimed, as far as the execution knows. If the claim's answer
		// was lost, its lock is taken over from the closed execution.
		return ReleaseSlotOut{}, nil
	}
	if err := s.Slots.Release(ctx, in.Spec.Name(), in.Run.ExecutionID); err != nil {
		return ReleaseSlotOut{}, fmt.Errorf("releasing the slot of %s: %w", in.Spec.Name(), err)
	}
	fact := drill.Fact{At: s.Clock.Now(), State: "ReleaseSlot", Kind: drill.FactSlotReleased}
	if err := s.Journal.Append(ctx, in.Run.ID, fact); err != nil {
		return ReleaseSlotOut{}, fmt.Errorf("writing the record of run %s: %w", in.Run.ID, err)
	}
	return ReleaseSlotOut{Released: true}, nil
}
