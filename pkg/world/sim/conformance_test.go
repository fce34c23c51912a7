package sim_test

import (
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/sourcetest"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// The RDS source does what every source must.
func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Subject {
		w, err := sim.Open(sim.Options{Plan: examplePlan(t), Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		return w.Subject()
	})
}
