// Command event-listener is the Lambda function that the rules of EventBridge call.
package main

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

func main() {
	env := lambdafn.Setup()
	table := dynamodb.New(env.Config(), env.Get(deployed.EnvTable), nil)
	machines := sfn.New(env.Config())
	env.Start(step.JSON(step.EventListener{
		Deployment: env.Get(deployed.EnvDeployment), Tokens: table, Waker: machines,
		Cleaner: step.MachineCleaner{Machines: machines, Machine: env.Get(deployed.EnvMachine)},
	}.Handle))
}
