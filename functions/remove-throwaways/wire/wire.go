// Package wire makes the handler of remove-throwaways, the Lambda function of the state RemoveThrowaways.
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
	s := env.Settings()
	return step.JSON(recoverystep.RemoveThrowaways{Store: recoveries.Store(s), Throwaways: works.Throwaways(s), Clock: env.Clock}.Handle), s.Err()
}
