// Package works is the one place of the functions that knows which adapter does
// which kind of step, in which role.
package works

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/functions/recoveries"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// All are the works of every kind; making them makes no call. Each acts in the role
// of the run's mode, and the function's own role may nothing of it.
func All(s *lambdafn.Settings) recoverystep.Works {
	exercise, failover := acting(recoveries.As(s, recovery.Exercise)), acting(recoveries.As(s, recovery.Failover))
	all := recoverystep.Works{}
	for kind, work := range exercise {
		all[kind] = byMode{work, failover[kind]}
	}
	return all
}

// byMode is a work of two roles.
type byMode struct{ exercise, failover recoverystep.Work }

// Do implements recoverystep.Work.
func (w byMode) Do(ctx context.Context, job recoverystep.Job) (recoverystep.Progress, error) {
	if job.Run.Mode == recovery.Failover {
		return w.failover.Do(ctx, job)
	}
	return w.exercise.Do(ctx, job)
}

// acting are the works of a function that acts in one role.
func acting(*lambdafn.Settings) recoverystep.Works {
	return recoverystep.Works{}
}
