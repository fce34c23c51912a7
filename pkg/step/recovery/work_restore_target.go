package recoverystep

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// forReal is made in a failover.
type forReal struct {
	targets Targets
	job     Job
	target  drill.RecoveryTarget
}

func (f forReal) name() string     { return f.target.Identifier }
func (f forReal) spec() drill.Spec { return f.job.Database.Drill }

func (f forReal) start(ctx context.Context, point drill.RecoveryPoint) (drill.Resource, error) {
	return f.targets.StartRecovery(ctx, markOf(f.job.Run), f.spec(), f.target, point)
}

func (f forReal) seen(ctx context.Context) (drill.Recovered, error) {
	return f.targets.Recovered(ctx, markOf(f.job.Run), f.spec(), f.name())
}

// lateSeconds is how long a restore may not be shown yet.
const lateSeconds = 15 * 60

func (f forReal) look(ctx context.Context, made drill.Resource) (drill.RestoreStatus, error) {
	seen, err := f.seen(ctx)
	switch {
	case err != nil:
		return drill.RestoreStatus{}, err
	case !seen.Found:
		late := cmp.Or(f.spec().Limits.LateCreationSeconds, lateSeconds)
		if !made.CreatedAt.IsZero() && f.job.Now.Sub(made.CreatedAt) > drill.Seconds(late) {
			return drill.RestoreStatus{}, &drill.Error{
				Name: drill.RestoreFailed, What: fmt.Sprintf("%s cannot be found %s after the request", f.name(), f.job.Now.Sub(made.CreatedAt).Round(time.Second)),
				Hint: "it was removed, or never made: CloudTrail says; retry the step",
			}
		}
		return drill.RestoreStatus{Status: "creating", ObservedAt: f.job.Now}, nil
	case !seen.Ours:
		return drill.RestoreStatus{}, notOurs(f.name())
	case seen.Dead:
		return drill.RestoreStatus{}, &drill.Error{Name: drill.RestoreFailed, What: fmt.Sprintf("%s is %s", f.name(), seen.Status), Hint: seen.Hint}
	}
	return drill.RestoreStatus{Available: seen.Serving, Status: seen.Status, ObservedAt: f.job.Now, Findings: seen.Findings}, nil
}

func notOurs(name string) error {
	return &drill.Error{
		Name: drill.RestoreRefused, What: fmt.Sprintf("%s does not carry the tags of this recovery: it is not touched", name),
		Hint: "somebody else made it, or took its tags; look at it: rename it, or name another recovery.target.identifier and deploy",
	}
}

// finish leaves the backups to the step that protects the database, where the plan
// has one: that change interrupts the database for a moment, and the first backup
// takes long.
func (f forReal) finish(ctx context.Context) (drill.Access, error) {
	return f.targets.FinishRecovery(ctx, markOf(f.job.Run), f.spec(), f.name(), f.target, !f.job.protects())
}

func (f forReal) differences(ctx context.Context) ([]string, error) {
	seen, err := f.seen(ctx)
	if err != nil {
		return nil, err
	}
	target := f.target
	if target.KMSKey != "" && seen.KMSKey != "" {
		target.KMSKey = "" // it was compared, alias or not, before the restore was asked for
	}
	return target.Differences(seen), nil
}

// protects tells whether the run has a step that protects the database.
func (j Job) protects() bool {
	for _, s := range j.Steps {
		if s.Node.Kind == recovery.Protect && s.Spec.Database == j.Step.Spec.Database {
			return true
		}
	}
	return false
}

func (f forReal) left(ctx context.Context) (leftover, error) {
	seen, err := f.seen(ctx)
	switch {
	case err != nil || !seen.Found:
		return leftNothing, err
	case !seen.Ours:
		return leftNothing, notOurs(f.name())
	case seen.Dead:
		return leftDead, nil
	}
	return leftAlive, nil
}

func (f forReal) discard(ctx context.Context) error {
	_, err := f.targets.DiscardRecovery(ctx, markOf(f.job.Run), f.spec(), f.name())
	return err
}
