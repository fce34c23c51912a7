// Command claim-slot is the Lambda function of the state ClaimSlot.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/claim-slot/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
