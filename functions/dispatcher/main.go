// Command dispatcher is the Lambda function that starts the drills that are
// due, where there are too many databases for a schedule each.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/dispatcher/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
