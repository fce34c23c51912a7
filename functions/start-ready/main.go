// Command start-ready is the Lambda function of the state StartReady.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/start-ready/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
