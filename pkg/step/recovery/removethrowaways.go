package recoverystep

import (
	"context"
	"errors"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Throwaways are what an exercise makes. Neither trusts the results of steps: one
// that was cut off has none. What a step makes has a name that follows from the run
// and the step.
type Throwaways interface {
	// Remove asks for the removal of all that the steps of a run may have made, known or
	// not, where it carries the run's name and lifeboat's mark. Nothing there and already
	// being removed are success. It does not wait, and goes on after an error.
	Remove(ctx context.Context, run recovery.Run, steps []recovery.Record) error
	// Remaining lists what is still there, in whatever state.
	Remaining(ctx context.Context, run recovery.Run, steps []recovery.Record) ([]recovery.Resource, error)
}

// RemoveThrowaways asks for the removal of what an exercise made, and looks whether
// it is gone. Of a failover there is nothing to remove.
type RemoveThrowaways struct {
	Store      Store
	Throwaways Throwaways
	Clock      step.Clock
}

type RemoveThrowawaysIn struct {
	Run   string `json:"run"`
	Epoch int    `json:"epoch"`
	// StartedAt is when the first round of this parent began; nil: this is it.
	StartedAt *time.Time `json:"startedAt"`
}

type RemoveThrowawaysOut struct {
	Next      string           `json:"next"` // Waits, Over, Superseded
	StartedAt time.Time        `json:"startedAt"`
	NextAt    string           `json:"nextAt"` // of Waits
	Removal   recovery.Removal `json:"removal"`
}

func (s RemoveThrowaways) Handle(ctx context.Context, in RemoveThrowawaysIn) (RemoveThrowawaysOut, error) {
	now := s.Clock.Now()
	out := RemoveThrowawaysOut{Next: Over, StartedAt: now, Removal: recovery.Removal{Clean: true}}
	if in.StartedAt != nil {
		out.StartedAt = *in.StartedAt
	}
	run, err := s.Store.Run(ctx, in.Run)
	switch {
	case err != nil:
		return RemoveThrowawaysOut{}, reading(err, in.Run)
	case run.Epoch != in.Epoch:
		out.Next = Superseded
		return out, nil
	case run.Mode != recovery.Exercise:
		return out, nil
	}
	limits, late, steps, err := s.limits(ctx, run)
	if err != nil {
		return RemoveThrowawaysOut{}, err
	}
	if run.OverAt == nil {
		over, err := s.abort(ctx, run)
		if err != nil {
			return RemoveThrowawaysOut{}, err
		}
		if !over { // what runs makes something yet
			return s.again(out, now, limits, abortLimit, &recovery.Failure{
				State: "RemoveThrowaways", Error: string(drill.CleanupFailed), Cause: "steps of the exercise still run",
			}), nil
		}
	}
	failure := s.remove(ctx, run, steps, &out.Removal)
	unsure := late > 0 && run.OverAt != nil && now.Sub(*run.OverAt) < late
	if failure == nil && len(out.Removal.Remaining) == 0 && !unsure {
		return out, nil
	}
	return s.again(out, now, limits, max(drill.Seconds(limits.RemovalSeconds), late), failure), nil
}

// abortLimit is how long a step that runs may take to see that all is aborted: it
// looks every minute, and a team's function may run for a quarter of an hour.
const abortLimit = 20 * time.Minute

// again waits for another round, until the limit.
func (s RemoveThrowaways) again(out RemoveThrowawaysOut, now time.Time, l drill.Limits, limit time.Duration, failure *recovery.Failure) RemoveThrowawaysOut {
	out.Removal.Failure = failure
	out.Removal.Clean = failure == nil && len(out.Removal.Remaining) == 0
	if now.Sub(out.StartedAt) >= limit {
		return out
	}
	out.Next, out.Removal.Clean = Waits, false
	next := drill.RemovalPolling(l).Next(out.StartedAt, now, 0, limit)
	out.NextAt = timestamp(now, next)
	return out
}

// remove asks for everything to go, and looks what is there. What can go does,
// whatever the error.
func (s RemoveThrowaways) remove(ctx context.Context, run recovery.Run, steps []recovery.Record, removal *recovery.Removal) *recovery.Failure {
	removeErr := s.Throwaways.Remove(ctx, run, steps)
	remaining, lookErr := s.Throwaways.Remaining(ctx, run, steps)
	removal.Remaining = remaining[:min(len(remaining), maxNamed)]
	if lookErr == nil && len(remaining) == 0 {
		return nil // it is gone, whatever stood in the way
	}
	err := errors.Join(removeErr, lookErr)
	if err == nil {
		return nil
	}
	named := step.ErrorName(step.Named(drill.CleanupFailed, err, "removing what exercise %s made", run.ID))
	return decoded(&recovery.Failure{State: "RemoveThrowaways", Error: named.Error, Cause: named.Cause})
}

// maxNamed bounds what is carried in the execution.
const maxNamed = 20

// abort ends an exercise whose parent could not go on: nobody would remove what its
// steps make from now on.
func (s RemoveThrowaways) abort(ctx context.Context, run recovery.Run) (over bool, err error) {
	if run.Aborted() == nil {
		run.Decisions = append(run.Decisions[:len(run.Decisions):len(run.Decisions)], recovery.Decision{
			Choice: recovery.Abort, By: "lifeboat", Reason: "the exercise could not be followed any more", At: s.Clock.Now(),
		})
		run.DecideBy = nil
		if err := s.Store.PutRun(ctx, run); err != nil && !errors.Is(err, recovery.ErrConflict) {
			return false, reading(err, run.ID)
		}
	}
	stands, err := follower{store: s.Store, clock: s.Clock}.follow(ctx, run.ID, false)
	return stands.over, err
}

// limits are the longest of the run's databases. late is how long something may still
// appear that a step asked for and was never answered; zero: every step knows.
func (s RemoveThrowaways) limits(ctx context.Context, run recovery.Run) (l drill.Limits, late time.Duration, steps []recovery.Record, err error) {
	steps, err = s.Store.Steps(ctx, run.ID)
	if err != nil {
		return l, 0, nil, reading(err, run.ID)
	}
	seen := map[string]drill.Limits{}
	for _, r := range steps {
		name := r.Spec.Database
		if name == "" {
			continue
		}
		of, known := seen[name]
		if !known {
			d, err := s.Store.Database(ctx, run.ID, name)
			if err != nil {
				return l, 0, nil, reading(err, run.ID)
			}
			of, seen[name] = d.Drill.Limits, d.Drill.Limits
		}
		l.RemovalSeconds = max(l.RemovalSeconds, of.RemovalSeconds)
		l.PollSeconds = max(l.PollSeconds, of.PollSeconds)
		if r.Node.Kind == recovery.Restore && cutShort(r.Status) {
			late = max(late, drill.Seconds(of.LateCreationSeconds))
		}
	}
	if l.RemovalSeconds == 0 {
		l.RemovalSeconds = drill.CloudLimits(drill.Objectives{}).RemovalSeconds
	}
	return l, late, steps, nil
}

// cutShort tells of an attempt that may have asked for something without an answer.
func cutShort(s recovery.Status) bool {
	failed := func(f *recovery.Failure) bool { return f != nil }
	if s.StartedAt != nil && s.State != recovery.Succeeded {
		return true
	}
	for _, a := range s.Earlier {
		if failed(a.Failure) {
			return true
		}
	}
	return false
}
