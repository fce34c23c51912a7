// Command check-availability is the Lambda function of the state CheckAvailability.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/check-availability/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
