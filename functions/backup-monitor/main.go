// Command backup-monitor is the Lambda function that publishes how fresh the
// backups are.
package main

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

func main() {
	env := lambdafn.Setup()
	plan, err := lambdafn.Plan()
	env.Check(err)
	places := step.Places{SubnetGroup: env.Get(deployed.EnvSubnetGroup), SecurityGroups: env.List(deployed.EnvSecurityGroups)}
	specs, err := step.MonitoredSpecs(plan, places)
	env.Check(err)
	env.Start(step.JSON(step.BackupMonitor{
		Deployment: env.Get(deployed.EnvDeployment), Specs: specs, Finder: rds.New(rds.Options{Config: env.ConfigIn, Account: env.Account}),
		Passed: dynamodb.New(env.Config(), env.Get(deployed.EnvTable), nil), Metrics: cloudwatch.New(env.Config(), clock.Real{}), Clock: clock.Real{},
	}.Handle))
}
