// Command await-end is the Lambda function of the state AwaitEnd.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/await-end/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
