// Command sweeper is the Lambda function that removes copies which outlived
// their execution.
package main

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

func main() {
	env := lambdafn.Setup()
	instances := rds.New(rds.Options{Config: env.ConfigIn, Account: env.Account})
	env.Start(step.JSON(step.Sweeper{
		Deployment: env.Get(deployed.EnvDeployment), Regions: []string{env.Region}, Lister: instances, Sweeper: instances,
		Executions: sfn.New(env.Config()), Metrics: cloudwatch.New(env.Config(), clock.Real{}),
	}.Handle))
}
