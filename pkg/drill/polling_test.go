package drill

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// looks counts the looks until a restore that takes took is seen, and how
// long before that look the one before was.
func looks(p Polling, took, expected, limit time.Duration) (n int, uncertainty time.Duration) {
	var now time.Duration
	for {
		next := p.Next(noon, noon.Add(now), expected, limit).Sub(noon)
		n++
		if next >= took || next >= limit {
			return n, next - now
		}
		now = next
	}
}

func TestPollingIsBounded(t *testing.T) {
	cloud, local := PollingOf(Limits{}), PollingOf(Limits{PollSeconds: 0.005})
	tests := map[string]struct {
		reason         string
		pace           Polling
		took, expected time.Duration
		maxLooks       int
		maxUncertainty time.Duration
	}{
		"cloud hour, no history":    {"110 transitions", cloud, time.Hour, 0, 35, 12 * time.Minute},
		"cloud hour, as expected":   {"history makes it exact", cloud, time.Hour, time.Hour, 35, 110 * time.Second},
		"cloud hour, expected 10 m": {"a wrong expectation does not cost more looks", cloud, time.Hour, 10 * time.Minute, 40, 12 * time.Minute},
		"cloud 5 m, expected hour":  {"a wrong expectation costs precision", cloud, 5 * time.Minute, time.Hour, 2, 24 * time.Minute},
		"local second":              {"a small restore is measured to milliseconds", local, time.Second, 0, 200, 11 * time.Millisecond},
		"local 5 s":                 {"1 GiB without history", local, 5 * time.Second, 0, 400, 51 * time.Millisecond},
		"local 20 s, expected":      {"1 GiB on a slow disk, with history", local, 20 * time.Second, 18 * time.Second, 300, 50 * time.Millisecond},
		"local day":                 {"stays within 25,000 events at 9 a look", local, 24 * time.Hour, 0, 1400, 15 * time.Minute},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			n, uncertainty := looks(tc.pace, tc.took, tc.expected, 48*time.Hour)
			if n > tc.maxLooks || uncertainty > tc.maxUncertainty {
				t.Errorf("%s: %d looks (at most %d), uncertain by %s (at most %s)", tc.reason, n, tc.maxLooks, uncertainty, tc.maxUncertainty)
			}
		})
	}
}

func TestPollingAlwaysComesToTheDeadline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Limits{PollSeconds: rapid.SampledFrom([]float64{0, 0.005, 0.5, 5, 60}).Draw(t, "poll")}
		limit := Seconds(rapid.Float64Range(0.001, 200_000).Draw(t, "limit"))
		expected := Seconds(rapid.Float64Range(0, 100_000).Draw(t, "expected"))
		n, _ := looks(PollingOf(l), limit, expected, limit)
		if n > 2500 {
			t.Fatalf("%d looks until %s, expecting %s", n, limit, expected)
		}
	})
}
