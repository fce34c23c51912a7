package recoverystep

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// StartReady sees to it that everything that follows from the record is done: what
// crashed before it had done so, in whatever place, is made up for.
type StartReady struct {
	Store      Store
	Executions Executions
	Clock      step.Clock
}

type StartReadyIn struct {
	Run   string `json:"run"`
	Epoch int    `json:"epoch"`
	Loops int    `json:"loops"` // how often this parent has waited
}

// What the parent does after StartReady.
const (
	Waits      = "wait"
	Over       = "over"
	Superseded = "superseded" // another parent has the run
	HandedOver = "handedOver" // a new parent was started, for this one's history is full
)

type StartReadyOut struct {
	Next        string `json:"next"`
	WaitSeconds int    `json:"waitSeconds"` // 1 to 60
}

// Limits of a parent.
const (
	// mostLoops keep its history below 25,000 events: a loop takes 13.
	// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
	mostLoops = 1500
	// reconcileSeconds is how long what was cut off elsewhere stays so.
	reconcileSeconds = 60
	// behindSeconds is the wait where Step Functions takes no more starts just now.
	behindSeconds = 5
)

func (s StartReady) Handle(ctx context.Context, in StartReadyIn) (StartReadyOut, error) {
	run, err := s.Store.Run(ctx, in.Run)
	switch {
	case err != nil:
		return StartReadyOut{}, reading(err, in.Run)
	case run.Epoch != in.Epoch:
		return StartReadyOut{Next: Superseded}, nil
	case in.Loops >= mostLoops && run.OverAt == nil:
		name := recovery.ParentName(run.ID, run.Epoch+1)
		if err := s.Executions.StartParent(ctx, name, Request{Resume: run.ID, StartedBy: run.StartedBy, Trigger: run.Trigger}); err != nil {
			return StartReadyOut{}, fmt.Errorf("handing recovery %s over to %s: %w", run.ID, name, err)
		}
		return StartReadyOut{Next: HandedOver}, nil
	}
	if run.OverAt == nil {
		if err := s.findCutOff(ctx, run); err != nil {
			return StartReadyOut{}, err
		}
	}
	stands, err := follower{s.Store, s.Executions, s.Clock}.follow(ctx, in.Run, true)
	if drill.NameOf(err) == drill.Throttled {
		return StartReadyOut{Next: Waits, WaitSeconds: behindSeconds}, nil
	}
	if err != nil {
		return StartReadyOut{}, err
	}
	if stands.over {
		return StartReadyOut{Next: Over}, nil
	}
	return StartReadyOut{Next: Waits, WaitSeconds: s.wait(stands.run)}, nil
}

// wait is a minute, or until the time to decide is up.
func (s StartReady) wait(run recovery.Run) int {
	if run.DecideBy == nil {
		return reconcileSeconds
	}
	left := int(math.Ceil(run.DecideBy.Sub(s.Clock.Now()).Seconds()))
	return max(1, min(left, reconcileSeconds))
}

// Ages below which a step is not asked after: its execution has just begun, and may
// lack in a list.
const (
	runningFor = time.Minute
	readyFor   = 3 * time.Minute
)

// findCutOff has the steps fail whose execution is closed and has not said how they
// ended: a function was cut off, or somebody stopped the execution.
func (s StartReady) findCutOff(ctx context.Context, run recovery.Run) error {
	steps, err := s.Store.Steps(ctx, run.ID)
	if err != nil {
		return reading(err, run.ID)
	}
	var old []recovery.Record
	for _, r := range steps {
		if s.older(r.Status) {
			old = append(old, r)
		}
	}
	if len(old) == 0 {
		return nil
	}
	running, err := s.Executions.RunningSteps(ctx, run.ID)
	if err != nil {
		return fmt.Errorf("listing the executions of recovery %s: %w", run.ID, err)
	}
	for _, r := range old {
		if name := recovery.ChildName(run.ID, r); !running[name] {
			if err := s.askAfter(ctx, run, r, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s StartReady) older(status recovery.Status) bool {
	now := s.Clock.Now()
	switch status.State {
	case recovery.Running:
		return status.StartedAt != nil && now.Sub(*status.StartedAt) >= runningFor
	case recovery.Ready:
		return status.ReadyAt != nil && now.Sub(*status.ReadyAt) >= readyFor
	case recovery.Waiting, recovery.Succeeded, recovery.Failed, recovery.Omitted, recovery.Skipped:
	}
	return false
}

// askAfter has a step fail whose execution is closed. The record was read before:
// where the execution released the step, this write is a conflict.
func (s StartReady) askAfter(ctx context.Context, run recovery.Run, r recovery.Record, name string) error {
	state, err := s.Executions.StepState(ctx, name)
	if err != nil {
		return fmt.Errorf("asking after execution %s: %w", name, err)
	}
	if state == "RUNNING" || state == "" && r.Status.State == recovery.Ready { // never started: follow does
		return nil
	}
	if state == "" {
		state = "nobody knows it"
	}
	now := s.Clock.Now()
	r.Status.State, r.Status.EndedAt = recovery.Failed, &now
	r.Status.Failure = &recovery.Failure{
		Error: string(StepCutOff), Cause: fmt.Sprintf("execution %s closed (%s) without saying how the step ended", name, state),
		Hint: "its history says why; a retry finds what it had done",
	}
	err = s.Store.PutStep(ctx, run.ID, r)
	if err != nil && !errors.Is(err, recovery.ErrConflict) {
		return reading(err, run.ID)
	}
	return nil
}
