// Command publish-metrics is the Lambda function of the state PublishMetrics.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/publish-metrics/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
