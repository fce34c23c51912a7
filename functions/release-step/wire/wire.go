// Package wire makes the handler of release-step, the Lambda function of the state ReleaseStep.
package wire

import (
	"github.com/lifeboat-dr/lifeboat/functions/recoveries"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	return step.JSON(recoverystep.ReleaseStep{Store: recoveries.Store(s), Executions: recoveries.Executions(s), Clock: env.Clock}.Handle), s.Err()
}
