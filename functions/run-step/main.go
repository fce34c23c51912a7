// Command run-step is the Lambda function of the state RunStep.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/run-step/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
