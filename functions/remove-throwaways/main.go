// Command remove-throwaways is the Lambda function of the state RemoveThrowaways.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/remove-throwaways/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
