// Package wire makes the handler of run-step, the Lambda function of the state
// RunStep.
package wire

import (
	"github.com/lifeboat-dr/lifeboat/functions/recoveries"
	"github.com/lifeboat-dr/lifeboat/functions/works"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	return With(func(w recoverystep.Works) recoverystep.Works { return w })(env)
}

// With is Handler in a world in which works are changed: they have trouble.
func With(change func(recoverystep.Works) recoverystep.Works) func(lambdafn.Env) (lambdafn.Handler, error) {
	return func(env lambdafn.Env) (lambdafn.Handler, error) {
		s := env.Settings()
		return step.JSON(recoverystep.RunStep{Store: recoveries.Store(s), Works: change(works.All(s)), Clock: env.Clock}.Handle), s.Err()
	}
}
