// Command select-backup is the Lambda function of the state SelectBackup.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/select-backup/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
