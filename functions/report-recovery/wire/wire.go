// Package wire makes the handler of report-recovery, the Lambda function of the
// state ReportRecovery.
package wire

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/functions/recoveries"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	recorder := recoveryevidence.Recorder{
		Documents: s3.New(s.Home(), s3.Options{
			Bucket: s.Get(deployed.EnvBucket), KMSKey: s.Get(deployed.EnvKey), Clock: env.Clock,
			Retention: time.Duration(s.Int(deployed.EnvRetentionDays)) * 24 * time.Hour,
		}),
		Index:    dynamodb.New(s.Home(), s.Get(deployed.EnvTable), nil),
		Versions: recoveryevidence.Versions{Lifeboat: s.Version}, Render: recoveryevidence.Render,
	}
	return step.JSON(recoverystep.ReportRecovery{
		Store: recoveries.Store(s), Evidence: recorder, Metrics: cloudwatch.New(s.Home(), env.Clock), Clock: env.Clock,
	}.Handle), s.Err()
}
