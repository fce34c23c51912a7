package sim

import (
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
)

// A service that somebody models and nobody prices would cost nothing, in
// silence.
func TestEveryServiceHasAPrice(t *testing.T) {
	cloud := lab.New(lab.Options{Options: simaws.Options{Clock: clock.NewVirtual(time.Unix(0, 0))}, Executions: machines.New(machines.Options{})})
	for _, service := range cloud.Services() {
		if priced := priceOf(simaws.Record{Service: service, Operation: "Query"}) > 0; priced == free[service] {
			t.Errorf("%s: has a price %t, is free %t", service, priced, free[service])
		}
	}
}
