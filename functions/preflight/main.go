// Command preflight is the Lambda function that asks every day what would have a
// restore refused.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/preflight/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
