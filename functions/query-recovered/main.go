// Command query-recovered is the Lambda function of the state QueryRecovered, inside the network that the plan names.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/query-recovered/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
