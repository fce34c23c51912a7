// Package wire makes the handler of notifier, the Lambda function that tells
// people how drills ended.
package wire

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sns"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	table, bucket := dynamodb.New(s.Home(), s.Get(deployed.EnvTable), nil), s.Get(deployed.EnvBucket)
	documents := s3.New(s.Home(), s3.Options{Bucket: bucket, Clock: env.Clock})
	notifier := rounds.Notifier{
		Names:   deployed.Names{Deployment: s.Get(deployed.EnvDeployment), Account: s.Account, Region: s.Region},
		Endings: sfn.New(s.Home()), Notices: table, Finder: table, Record: drillstep.FactsIn(table),
		Evidence:  drillevidence.Reader{Documents: documents, Place: "s3://" + bucket + "/"},
		Publisher: sns.New(s.Home()), Metrics: cloudwatch.New(s.Home(), env.Clock), Clock: env.Clock,
	}
	if s.Recovers() {
		notifier.Recoveries = table.Recoveries()
		notifier.RecoveryEvidence = recoveryevidence.Reader{Documents: documents, Place: "s3://" + bucket + "/"}
	}
	return step.JSON(notifier.Handle), s.Err()
}
