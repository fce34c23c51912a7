// Package wire makes the handler of report-recovery, the Lambda function of the state ReportRecovery.
package wire

import (
	"github.com/lifeboat-dr/lifeboat/functions/recoveries"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	return step.JSON(recoverystep.ReportRecovery{Store: recoveries.Store(s), Metrics: cloudwatch.New(s.Home(), env.Clock), Clock: env.Clock}.Handle), s.Err()
}
