// Command claim-step is the Lambda function of the state ClaimStep.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/claim-step/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
