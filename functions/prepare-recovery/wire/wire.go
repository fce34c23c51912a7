// Package wire makes the handler of prepare-recovery, the Lambda function of the
// state PrepareRecovery.
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
	return step.JSON(recoverystep.PrepareRecovery{
		Store: recoveries.Store(s), Plans: recoveries.Plans(s), Executions: recoveries.Executions(s), Clock: env.Clock, Version: s.Version,
	}.Handle), s.Err()
}
