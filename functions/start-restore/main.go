// Command start-restore is the Lambda function of the state StartRestore.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/start-restore/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
