package recoverystep

import (
	"context"
	"errors"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// ReleaseStep writes how a step ended, and starts what became ready by that.
type ReleaseStep struct {
	Store      Store
	Executions Executions
	Clock      step.Clock
}

type ReleaseStepIn struct {
	ChildInput
	Skipped bool              `json:"skipped"`
	Result  *recovery.Result  `json:"result"`
	Failure *recovery.Failure `json:"failure"` // as the machine caught it; nil: it succeeded
}

type ReleaseStepOut struct {
	State   recovery.State `json:"state"`   // of the step now
	Started []string       `json:"started"` // ids of steps
	Over    bool           `json:"over"`
}

func (s ReleaseStep) Handle(ctx context.Context, in ReleaseStepIn) (ReleaseStepOut, error) {
	state, repeated, err := s.release(ctx, in)
	if err != nil {
		return ReleaseStepOut{}, err
	}
	// A call that comes again may have been cut off before it started what had become
	// ready.
	stands, err := follower{s.Store, s.Executions, s.Clock}.follow(ctx, in.Run, repeated)
	if err != nil {
		return ReleaseStepOut{}, err
	}
	return ReleaseStepOut{State: state, Started: stands.started, Over: stands.over}, nil
}

// release writes how the step ended, if it is this attempt's to say.
func (s ReleaseStep) release(ctx context.Context, in ReleaseStepIn) (state recovery.State, repeated bool, err error) {
	for range contended {
		r, err := s.Store.Step(ctx, in.Run, in.Step)
		if err != nil {
			return "", false, reading(err, in.Run)
		}
		if r.Status.Attempt != in.Attempt || r.Status.State != recovery.Running {
			return r.Status.State, true, nil
		}
		run, err := s.Store.Run(ctx, in.Run)
		if err != nil {
			return "", false, reading(err, in.Run)
		}
		r.Status = ended(run, r, in, s.Clock.Now())
		err = s.Store.PutStep(ctx, in.Run, r)
		if errors.Is(err, recovery.ErrConflict) {
			continue
		}
		if err != nil {
			return "", false, reading(err, in.Run)
		}
		return r.Status.State, false, nil
	}
	return "", false, tooBusy(in.Run)
}

// ended is how the step stands after this attempt.
func ended(run recovery.Run, r recovery.Record, in ReleaseStepIn, now time.Time) recovery.Status {
	status := r.Status
	status.Result = in.Result.Keeping(status.Result)
	status.Failure = decoded(in.Failure)
	if skip := run.SkipOf(r); skip != nil && (in.Skipped || in.Failure != nil) {
		return recovery.Skipping(status, *skip, now)
	}
	status.State, status.EndedAt = recovery.Succeeded, &now
	if in.Failure != nil {
		status.State = recovery.Failed
	}
	return status
}
