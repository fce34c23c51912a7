// Command prepare-login is the Lambda function of the state PrepareLogin.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/prepare-login/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
