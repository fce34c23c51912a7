// Command protection-monitor is the Lambda function that publishes how databases
// are really backed up, against the plan's policy.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/protection-monitor/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
