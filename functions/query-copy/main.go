// Command query-copy is the Lambda function of the state QueryCopy, inside the network of the restored copies.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/query-copy/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
