// Package wire makes the handler of dispatcher, the Lambda function that starts
// the drills that are due, where there are too many databases for a schedule
// each.
package wire

import (
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
	plan := s.Plan()
	drills, err := rounds.ScheduledDrills(plan)
	s.Check(err)
	return step.JSON(rounds.Dispatcher{
		Deployment: s.Get(deployed.EnvDeployment), Drills: drills, Watermark: dynamodb.New(s.Home(), s.Get(deployed.EnvTable), nil),
		Machines: sfn.New(s.Home()), Machine: s.Get(deployed.EnvMachine), Metrics: cloudwatch.New(s.Home(), env.Clock), Clock: env.Clock,
	}.Handle), s.Err()
}
