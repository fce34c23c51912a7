// Command publish-metrics is the Lambda function of the state PublishMetrics.
package main

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

func main() {
	env := lambdafn.Setup()
	table := dynamodb.New(env.Config(), env.Get(deployed.EnvTable), nil)
	metrics := cloudwatch.New(env.Config(), clock.Real{})
	env.Start(step.JSON(step.PublishMetrics{Metrics: metrics, Journal: table, Clock: clock.Real{}}.Handle))
}
