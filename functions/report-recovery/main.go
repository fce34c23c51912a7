// Command report-recovery is the Lambda function of the state ReportRecovery.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/report-recovery/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
