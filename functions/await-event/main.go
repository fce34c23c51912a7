// Command await-event is the Lambda function of the state AwaitEvent.
package main

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

func main() {
	env := lambdafn.Setup()
	table := dynamodb.New(env.Config(), env.Get(deployed.EnvTable), nil)
	env.Start(step.JSON(step.AwaitEvent{Tokens: table, Clock: clock.Real{}}.Handle))
}
