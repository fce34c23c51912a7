// Package wire makes the handler of record-evidence, the Lambda function of the
// state RecordEvidence.
package wire

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	table := dynamodb.New(s.Home(), s.Get(deployed.EnvTable), nil)
	bucket := s3.New(s.Home(), s3.Options{
		Bucket: s.Get(deployed.EnvBucket), KMSKey: s.Get(deployed.EnvKey), Clock: env.Clock,
		Retention: time.Duration(s.Int(deployed.EnvRetentionDays)) * 24 * time.Hour,
	})
	recorder := drillevidence.Recorder{
		Documents: bucket, Index: table, States: sfn.New(s.Home()).States, Versions: drillevidence.Versions{Lifeboat: s.Version},
	}
	return step.JSON(drillstep.RecordEvidence{Evidence: recorder, Journal: drillstep.FactsIn(table), Clock: env.Clock}.Handle), s.Err()
}
