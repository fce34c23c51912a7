// Command release-slot is the Lambda function of the state ReleaseSlot.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/release-slot/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
