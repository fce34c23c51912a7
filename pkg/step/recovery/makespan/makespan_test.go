package makespan_test

import (
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

func TestSome(t *testing.T) {
	for _, i := range []int{0, 1, 2, 3, 4, 5} {
		w := clock.StartStopwatch()
		d := draw(i)
		s := newSim(d, 0)
		o := s.run(t, d)
		t.Log(i, d.width, len(d.records), o.seconds, d.graph.CriticalPath(d.takes).Seconds, d.waves(), d.oneMap(), o.verdict.Ending, "events", s.events, s.parent, s.largest, w.Elapsed())
	}
}
