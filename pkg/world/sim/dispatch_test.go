package sim_test

import (
	"context"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// What the dispatcher starts is a drill like any other, and starting it again
// is none.
func TestDispatchedDrill(t *testing.T) {
	p := examplePlan(t)
	p.Workloads[0].Databases[0].Drill.Schedule = "rate(15 minutes)" // once in what the first round looks back
	started, passed := map[string]bool{}, 0
	w, err := sim.Open(sim.Options{Plan: p, Version: "test", Observe: func(arn string, e asl.Event) {
		started[arn] = true
		if e.IsEntered() && e.StateName() == "Passed" {
			passed++
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := w.Dispatch(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(started) != 1 || passed != 1 {
		t.Errorf("%d executions, of which %d passed", len(started), passed)
	}
	w.Pass(time.Minute)
}
