// Package drilltest holds what the stores of every world must do, as tables of
// tests that each of them runs against its own: two that pass keep the steps
// that use them honest in both worlds.
package drilltest

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// database that the tests claim.
const database = "orders/orders-db"

func claim(execution, scheduled string) drill.SlotRequest {
	return drill.SlotRequest{
		Database: database, ExecutionID: ExecutionARN(execution), RunID: execution, ScheduledTime: scheduled,
		Now: noon, ExpiresAt: noon.Add(6 * time.Hour),
	}
}

// ExecutionARN is the id of an execution of the tests.
func ExecutionARN(name string) string {
	return "arn:aws:states:eu-central-1:111122223333:execution:lifeboat-prod-drill:" + name
}
