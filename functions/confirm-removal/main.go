// Command confirm-removal is the Lambda function of the state ConfirmRemoval.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/confirm-removal/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
