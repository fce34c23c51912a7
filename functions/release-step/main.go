// Command release-step is the Lambda function of the state ReleaseStep.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/release-step/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
