package makespan_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step/recovery/recoverytest"
)

const (
	// mostOverhead is how much longer than its critical path a recovery may take: all
	// that passes before the first step begins, and from when a step may begin until it
	// does.
	mostOverhead = 0.02
	// mostLatency is how much longer than its work a step may take, whatever the
	// scheduler: the calls that begin, end and release it, and that a Wait of Step
	// Functions knows whole seconds.
	mostLatency = 3*callTakes + time.Second
)

// The proof: whatever the graph, the recovery is as long as its critical path.
func TestRecoveriesTakeTheirCriticalPath(t *testing.T) {
	every := 1
	if testing.Short() || raceDetector { // all of them without it: see the Makefile
		every = 25
	}
	var overhead, latency, waves, maps []float64
	for seed := 0; seed < graphs; seed += every {
		d := draw(seed)
		s := newThin(d)
		o := s.run(t, d)
		check(t, d, s, o)
		overhead = append(overhead, o.seconds/o.verdict.Critical.Seconds-1)
		latency = append(latency, o.latency(t, d)...)
		path := d.graph.CriticalPath(d.takes).Seconds
		waves = append(waves, d.waves()/path)
		maps = append(maps, d.oneMap()/path)
		if last := overhead[len(overhead)-1]; last < 0 || last > mostOverhead {
			t.Errorf("graph %d (%d steps, width %d): %.1f s, and its critical path, by what the steps took, %.1f s", seed, len(d.records), d.width, o.seconds, o.verdict.Critical.Seconds)
		}
	}
	t.Logf("%d graphs of 5 to 200 steps, against the critical path:", len(overhead))
	t.Logf("  lifeboat: +%.2f %% at the median, +%.2f %% at most", 100*median(overhead), 100*slices.Max(overhead))
	t.Logf("  staged waves, without any overhead: +%.0f %% at the median, +%.0f %% at most", 100*median(waves)-100, 100*slices.Max(waves)-100)
	t.Logf("  one inline Map of 40 places, without any overhead: +%.0f %% at the median, +%.0f %% at most", 100*median(maps)-100, 100*slices.Max(maps)-100)
	t.Logf("  apart from that a step takes %.2f s longer than its work at the median, %.2f s at most: calls of %s, and Waits of whole seconds", median(latency), slices.Max(latency), callTakes)
	if slices.Max(latency) > mostLatency.Seconds() {
		t.Errorf("a step took %.2f s longer than its work, want %s at most", slices.Max(latency), mostLatency)
	}
}

// latency is how much longer than its work each step took.
func (o outcome) latency(t *testing.T, d drawn) (seconds []float64) {
	t.Helper()
	for i, r := range o.report.Steps {
		seconds = append(seconds, r.Status.EndedAt.Sub(*r.Status.StartedAt).Seconds()-d.records[i].Spec.WaitSeconds)
	}
	return seconds
}

func median(figures []float64) float64 { return slices.Sorted(slices.Values(figures))[len(figures)/2] }

// check that every step ended well, after all that it comes after, and was done once.
func check(t *testing.T, d drawn, s *thin, o outcome) {
	t.Helper()
	if o.verdict.Ending != recovery.Passed {
		t.Errorf("graph %d ended as %s: %v", d.seed, o.verdict.Ending, o.verdict.Findings)
	}
	ended := map[string]time.Time{}
	for _, r := range o.report.Steps {
		if r.Status.State != recovery.Succeeded {
			t.Fatalf("graph %d: step %s is %s", d.seed, r.Node.ID, r.Status.State)
		}
		ended[r.Node.ID] = *r.Status.EndedAt
		if name := recovery.ChildName(o.report.Run.ID, r); s.claims[name] != 1 {
			t.Errorf("graph %d: step %s was done %d times", d.seed, r.Node.ID, s.claims[name])
		}
	}
	for _, r := range o.report.Steps {
		for _, id := range r.Node.After {
			if r.Status.StartedAt.Before(ended[id]) {
				t.Errorf("graph %d: step %s began before %s had ended", d.seed, r.Node.ID, id)
			}
		}
	}
}

// A chain before an independent long step is what stops up a Map's places.
func TestAChainHoldsNoPlaces(t *testing.T) {
	d := draw(0)
	o := newThin(d).run(t, d)
	if path := d.graph.CriticalPath(d.takes).Seconds; d.oneMap() < 1.3*path || o.seconds > 1.05*path {
		t.Errorf("critical path %.0f s: one Map takes %.0f s, lifeboat %.0f s", path, d.oneMap(), o.seconds)
	}
}

// Limits of an execution.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	mostEvents = 25000
	mostBytes  = 256 << 10
)

// The machines themselves, on the engine, take exactly as long as the walk of the
// proof, and 200 steps keep far from the limits of an execution: nothing in it grows
// with the graph. Ten graphs, for the engine is slow: a chain of 60 beside long
// steps, 200 at once, and some of all sizes.
func TestTheMachinesTakeAsLong(t *testing.T) {
	seeds := []int{0, 2, 5, 10, 13, 19, 22, 25, 27, 30}
	if testing.Short() || raceDetector {
		seeds = []int{10, 13}
	}
	for _, seed := range seeds {
		d := draw(seed)
		want := newThin(d).run(t, d)
		planned, _ := d.Recovery(t.Context(), "")
		m, err := recoverytest.NewMachines(began, planned, recoverystep.Works{recovery.Wait: recoverystep.WorkWait{}})
		if err != nil {
			t.Fatal(err)
		}
		m.CallTakes, m.StartTakes = callTakes, startTakes
		result, err := m.Run("proof", recovery.Request{})
		if err != nil || len(m.Reports) != 1 {
			t.Fatalf("graph %d: %d reports, %v", seed, len(m.Reports), err)
		}
		if got := outcomeOf(m.Reports[0].Case); got.verdict.Ending != recovery.Passed || got.seconds != want.seconds {
			t.Errorf("graph %d: the machines take %.2f s (%s), the walk %.2f s", seed, got.seconds, got.verdict.Ending, want.seconds)
		}
		events, bytes := len(result.Events), 0
		for _, name := range m.Children() {
			child, err := m.Execution(name).Wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			events = max(events, len(child.Events))
			for _, e := range append(child.Events, result.Events...) {
				text, err := json.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				bytes = max(bytes, len(text))
			}
			result.Events = nil // once is enough
		}
		t.Logf("graph %d, %d steps: %.1f s; %d events at most in an execution, %d bytes in one", seed, len(d.records), want.seconds, events, bytes)
		if events > mostEvents/10 || bytes > mostBytes/10 {
			t.Errorf("graph %d: %d events, %d bytes", seed, events, bytes)
		}
	}
}
