package recoverystep

import (
	"context"
	"errors"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// ClaimStep has a ready step run. Only the execution of its present attempt can.
type ClaimStep struct {
	Store Store
	Clock step.Clock
}

type ClaimStepOut struct {
	Claimed bool   `json:"claimed"`
	Why     string `json:"why"` // it was not
}

func (s ClaimStep) Handle(ctx context.Context, in ChildInput) (ClaimStepOut, error) {
	for range contended {
		r, err := s.Store.Step(ctx, in.Run, in.Step)
		if err != nil {
			return ClaimStepOut{}, reading(err, in.Run)
		}
		if r.Status.Attempt != in.Attempt {
			return notClaimed("step %s is at attempt %d, and this is %d", r.Node.ID, r.Status.Attempt, in.Attempt), nil
		}
		if r.Status.State == recovery.Running { // by an earlier call: no other execution has this attempt
			return ClaimStepOut{Claimed: true}, nil
		}
		if r.Status.State != recovery.Ready {
			return notClaimed("step %s is %s", r.Node.ID, r.Status.State), nil
		}
		run, err := s.Store.Run(ctx, in.Run)
		if err != nil {
			return ClaimStepOut{}, reading(err, in.Run)
		}
		if run.OverAt != nil || run.Aborted() != nil {
			return notClaimed("recovery %s begins nothing any more", run.ID), nil
		}
		now := s.Clock.Now()
		r.Status.State, r.Status.StartedAt = recovery.Running, &now
		err = s.Store.PutStep(ctx, in.Run, r)
		if errors.Is(err, recovery.ErrConflict) {
			continue
		}
		if err != nil {
			return ClaimStepOut{}, reading(err, in.Run)
		}
		return ClaimStepOut{Claimed: true}, nil
	}
	return ClaimStepOut{}, tooBusy(in.Run)
}

func notClaimed(format string, args ...any) ClaimStepOut {
	return ClaimStepOut{Why: fmt.Sprintf(format, args...)}
}
