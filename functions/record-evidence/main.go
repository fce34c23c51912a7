// Command record-evidence is the Lambda function of the state RecordEvidence.
package main

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/evidence"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

func main() {
	env := lambdafn.Setup()
	table := dynamodb.New(env.Config(), env.Get(deployed.EnvTable), nil)
	bucket := s3.New(env.Config(), s3.Options{
		Bucket: env.Get(deployed.EnvBucket), KMSKey: env.Get(deployed.EnvKey), Clock: clock.Real{},
		Retention: time.Duration(env.Int(deployed.EnvRetentionDays)) * 24 * time.Hour,
	})
	recorder := evidence.Recorder{
		Documents: bucket, Index: table, States: sfn.New(env.Config()).States, Versions: evidence.Versions{Lifeboat: env.Version},
	}
	env.Start(step.JSON(step.RecordEvidence{Evidence: recorder, Journal: table, Clock: clock.Real{}}.Handle))
}
