// Command validate-data is the Lambda function of the state ValidateData, the
// only one inside the network of the restored copies.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/validate-data/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
