// Command select-backup is the Lambda function of the state SelectBackup.
package main

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

func main() {
	env := lambdafn.Setup()
	table := dynamodb.New(env.Config(), env.Get(deployed.EnvTable), nil)
	instances := rds.New(rds.Options{Config: env.ConfigIn, Account: env.Account})
	env.Start(step.JSON(step.SelectBackup{Backups: instances, Journal: table, Clock: clock.Real{}}.Handle))
}
