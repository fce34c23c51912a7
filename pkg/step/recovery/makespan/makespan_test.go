package makespan_test

import (
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

func TestSome(t *testing.T) {
	for _, latency := range []time.Duration{0, 200 * time.Millisecond} {
		for i := range 30 {
			w := clock.StartStopwatch()
			d := draw(i)
			s := newThin(d, latency)
			o := s.run(t, d)
			t.Log(i, d.width, len(d.records), o.seconds, d.graph.CriticalPath(d.takes).Seconds, d.waves(), d.oneMap(), o.verdict.Ending, w.Elapsed())
		}
	}
}
