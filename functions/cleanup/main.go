// Command cleanup is the Lambda function of the state Cleanup.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/cleanup/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
