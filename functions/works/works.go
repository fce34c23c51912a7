// Package works has what steps of recoveries do, each in the role of the run's mode.
// Which adapter does which kind package kinds knows.
package works

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/functions/kinds"
	"github.com/lifeboat-dr/lifeboat/functions/recoveries"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// All are the works of every kind; making them makes no call. What touches AWS acts
// in the role of the run's mode: the function's own may nothing of it.
func All(s *lambdafn.Settings) recoverystep.Works {
	rules := kinds.RecoveryRules(s.Names(), s.Plan())
	acting := func(mode recovery.Mode) recoverystep.Works {
		role := recoveries.As(s, mode)
		return kinds.RecoveryWorks(role, role.Config, s.Names(), rules)
	}
	exercise, failover := acting(recovery.Exercise), acting(recovery.Failover)
	all := simple(s)
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

// simple are those that touch nothing of AWS themselves: of a function of the team's
// own and of checks the machine's next states see.
func simple(s *lambdafn.Settings) recoverystep.Works {
	return recoverystep.Works{
		recovery.Invoke:    recoverystep.WorkInvoke{},
		recovery.Wait:      recoverystep.WorkWait{},
		recovery.HTTPCheck: recoverystep.WorkHTTPCheck{Transport: s.HTTP},
		recovery.SQLCheck:  recoverystep.WorkSQLCheck{},
	}
}

// Throwaways are what exercises make: removed in the role of exercises.
func Throwaways(s *lambdafn.Settings) recoverystep.Throwaways {
	role := recoveries.As(s, recovery.Exercise)
	return kinds.RecoveryThrowaways(role, role.Config, s.Names())
}
