package sim_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// killed is a world whose drill is stopped when it has entered a state for the
// nth time, so long after.
func killed(t *testing.T, state string, nth int, after time.Duration, lost []string) *sim.World {
	t.Helper()
	var w *sim.World
	entered, first := 0, ""
	o := sim.Options{Plan: examplePlan(t), Version: "test"}
	o.Scenario.Events.Lost = lost
	o.Observe = func(arn string, e asl.Event) {
		if first == "" {
			first = arn
		}
		if arn == first && e.IsEntered() && e.StateName() == state {
			if entered++; entered == nth {
				w.Kill(arn, after)
			}
		}
	}
	w, err := sim.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Run(context.Background()); err != nil && !errors.Is(err, context.Canceled) {
		t.Logf("stopped in %s: %v", state, err) // a run that recorded nothing has no rehearsal to show
	}
	return w
}

// statesOfADrill are those that a drill visits, each once.
func statesOfADrill(t *testing.T) []string {
	t.Helper()
	var names []string
	rehearse(t, sim.Options{Plan: examplePlan(t), Observe: func(_ string, e asl.Event) {
		if e.IsEntered() && !slices.Contains(names, e.StateName()) {
			names = append(names, e.StateName())
		}
	}})
	if len(names) < 12 {
		t.Fatalf("only %v", names)
	}
	return names
}

// An execution that is stopped in any state, at its start or in its middle,
// leaves nothing: its end starts a clean-up.
func TestCleanUpAfterAKillInEveryState(t *testing.T) {
	for _, state := range statesOfADrill(t) {
		for _, after := range []time.Duration{0, 40 * time.Millisecond, 3 * time.Second} {
			t.Run(fmt.Sprintf("%s+%s", state, after), func(t *testing.T) {
				w := killed(t, state, 1, after, nil)
				if left := w.LeftBehind(); len(left) > 0 {
					t.Errorf("%v is left", left)
				}
			})
		}
	}
}

// Where the event of its end is lost as well, the sweeper removes what is left,
// and nothing before the grace has passed.
func TestSweeperAfterAKillInEveryState(t *testing.T) {
	ctx := context.Background()
	swept := 0
	for _, state := range statesOfADrill(t) {
		for _, after := range []time.Duration{0, 40 * time.Millisecond} {
			t.Run(fmt.Sprintf("%s+%s", state, after), func(t *testing.T) {
				w := killed(t, state, 1, after, []string{"all"})
				before := w.LeftBehind()
				swept += len(before)
				for range 8 { // four hours
					if _, err := w.Sweep(ctx); err != nil && drill.NameOf(err) != drill.CleanupFailed {
						t.Fatal(err)
					}
					w.Pass(30 * time.Minute)
				}
				out, err := w.Sweep(ctx)
				if err != nil || len(out.Orphans) > 0 {
					t.Errorf("still swept: %+v, %v", out, err)
				}
				if left := w.LeftBehind(); len(left) > 0 {
					t.Errorf("%v was left, and %v is", before, left)
				}
			})
		}
	}
	if swept < 5 {
		t.Errorf("only %d kills left a copy: the test says nothing", swept)
	}
}

// A drill that runs is none of the sweeper's business, however long it takes.
func TestSweeperLeavesARunningDrillAlone(t *testing.T) {
	var w *sim.World
	looked, running := 0, 0
	o := sim.Options{Plan: examplePlan(t), Version: "test"}
	o.Scenario.Restore.Creating = sim.Duration(3 * time.Hour)
	o.Observe = func(_ string, e asl.Event) {
		if e.IsEntered() && e.StateName() == "CheckAvailability" {
			out, err := w.Sweep(context.Background())
			if err != nil || len(out.Orphans) > 0 {
				t.Errorf("%+v, %v", out.Orphans, err)
			}
			looked++
			for _, k := range out.Kept {
				if strings.Contains(k.Why, "running") {
					running++
				}
			}
		}
	}
	w, err := sim.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.Run(context.Background())
	if err != nil || len(r.LeftBehind) > 0 || running == 0 {
		t.Errorf("%+v, %v, the sweeper looked %d times and saw it running %d times", r, err, looked, running)
	}
}
