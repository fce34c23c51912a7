// Command event-listener is the Lambda function that the rules of EventBridge call.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/event-listener/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
