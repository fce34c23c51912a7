package recoverystep

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// leftover is what an earlier attempt left.
type leftover int

const (
	leftNothing leftover = iota
	leftAlive
	leftDead
)

// maker makes the database of the step, in the way of the mode.
type maker interface {
	name() string
	start(ctx context.Context, point drill.RecoveryPoint) (drill.Resource, error)
	look(ctx context.Context, made drill.Resource) (drill.RestoreStatus, error)
	finish(ctx context.Context) (drill.Access, error) // NotReady: again
	// differences of what was made from what the plan names for it.
	differences(ctx context.Context) ([]string, error)
	left(ctx context.Context) (leftover, error)
	discard(ctx context.Context) error // what is dead
}

func (w WorkRestore) maker(job Job) (maker, error) {
	spec := job.Database.Drill
	if job.exercising() {
		copies, err := w.Copies.Of(spec.Kind)
		return throwaway{copies, copyRun(job.Run, job.Step.Node.ID), spec}, err
	}
	if job.Database.Target == nil {
		return nil, &drill.Error{
			Name: drill.InvalidInput, What: spec.Name() + " has no recovery.target in the plan: a failover does not know what to make",
			Hint: "declare recovery.target of the database in lifeboat.yaml and deploy; until then, restore it by hand, and skip this step",
		}
	}
	targets, err := w.Targets.Of(spec.Kind)
	return forReal{targets, job, *job.Database.Target}, err
}
