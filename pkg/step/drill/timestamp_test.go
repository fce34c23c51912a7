package drillstep

import (
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Step Functions cuts a Wait's Timestamp off at the second, so what is below
// one must be rounded up before: else a look comes before its moment, and the
// last one before the deadline, again and again.
func TestWaitsOfTheCloudEndOnWholeSeconds(t *testing.T) {
	at := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		reason string
		poll   float64
		after  time.Duration
		want   string
	}{
		"cloud":           {"rounded up", 10, 1500 * time.Millisecond, "2026-11-26T03:00:02Z"},
		"cloud, whole":    {"as it is", 10, time.Second, "2026-11-26T03:00:01Z"},
		"cloud, a little": {"rounded up too", 10, time.Nanosecond, "2026-11-26T03:00:01Z"},
		"default":         {"is the cloud's", 0, time.Millisecond, "2026-11-26T03:00:01Z"},
		"this machine":    {"waits take milliseconds", 0.005, 1500 * time.Microsecond, "2026-11-26T03:00:00.001500Z"},
	} {
		if got := timestamp(drill.Limits{PollSeconds: c.poll}, at.Add(c.after)); got != c.want {
			t.Errorf("%s, %s: %s", name, c.reason, got)
		}
	}
}
