// Command prepare-recovery is the Lambda function of the state PrepareRecovery.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/prepare-recovery/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
