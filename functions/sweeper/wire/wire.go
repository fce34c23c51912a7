// Package wire makes the handler of sweeper, the Lambda function that removes
// copies which outlived their execution.
package wire

import (
	"github.com/lifeboat-dr/lifeboat/functions/kinds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	sweeper := rounds.Sweeper{
		Deployment: s.Get(deployed.EnvDeployment), Regions: []string{s.Region}, Throwaways: kinds.Throwaways(s),
		Executions: sfn.New(s.Home()), Metrics: cloudwatch.New(s.Home(), env.Clock),
	}
	if s.Recovers() {
		sweeper.Recoveries = dynamodb.New(s.Home(), s.Get(deployed.EnvTable), nil).Recoveries()
	}
	return step.JSON(sweeper.Handle), s.Err()
}
