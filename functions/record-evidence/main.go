// Command record-evidence is the Lambda function of the state RecordEvidence.
package main

import (
	"github.com/lifeboat-dr/lifeboat/functions/record-evidence/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn/start"
)

func main() { start.Function(wire.Handler) }
