// Command decide-step is the Lambda function that people decide with: retry, skip or abort.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/decide-step/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
