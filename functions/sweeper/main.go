// Command sweeper is the Lambda function that removes copies which outlived
// their execution.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/sweeper/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
