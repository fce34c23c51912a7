// Command notifier is the Lambda function that tells people how drills ended.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/notifier/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
