// Command await-event is the Lambda function of the state AwaitEvent.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/await-event/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
