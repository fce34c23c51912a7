// Command backup-monitor is the Lambda function that publishes how fresh the
// backups are.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/backup-monitor/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
