// Command dispatcher is the Lambda function that starts the drills that are
// due, where there are too many databases for a schedule each.
package main

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

func main() {
	env := lambdafn.Setup()
	plan, err := lambdafn.Plan()
	env.Check(err)
	drills, err := step.ScheduledDrills(plan)
	env.Check(err)
	env.Start(step.JSON(step.Dispatcher{
		Deployment: env.Get(deployed.EnvDeployment), Drills: drills, Watermark: dynamodb.New(env.Config(), env.Get(deployed.EnvTable), nil),
		Machines: sfn.New(env.Config()), Machine: env.Get(deployed.EnvMachine), Metrics: cloudwatch.New(env.Config(), clock.Real{}), Clock: clock.Real{},
	}.Handle))
}
