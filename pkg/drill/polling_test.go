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
	known := PollingOf(Limits{ExpectedRestoreSpread: 0.3})
	told := PollingOf(Limits{ExpectedRestoreSpread: 0.3, AwaitEvents: true, EventsTell: true})
	tests := map[string]struct {
		reason         string
		pace           Polling
		took, expected time.Duration
		maxLooks       int
		maxUncertainty time.Duration
	}{
		"cloud hour, as expected":      {"31 looks are 93 of 120 transitions", known, time.Hour, time.Hour, 31, 125 * time.Second},
		"cloud hour, one past restore": {"the same", cloud, time.Hour, time.Hour, 31, 125 * time.Second},
		"cloud hour, no history":       {"as often as boto3's waiter", cloud, time.Hour, 0, 115, 50 * time.Second},
		"cloud hour, expected 10 m":    {"history much too short costs looks, not without bound", known, time.Hour, 10 * time.Minute, 100, 4 * time.Minute},
		"cloud hour, expected 1 m":     {"the same", known, time.Hour, time.Minute, 60, 7 * time.Minute},
		"cloud 5 m, expected hour":     {"history much too long: seen after a quarter of it", known, 5 * time.Minute, time.Hour, 1, 15 * time.Minute},
		"cloud 5 m, expected 5 h":      {"the same", known, 5 * time.Minute, 5 * time.Hour, 1, 50 * time.Minute},
		"cloud day, no history":        {"1,100 of 25,000 events a day and more", cloud, 24 * time.Hour, 0, 360, 20 * time.Minute},
		"cloud day, expected 10 m":     {"the same", known, 24 * time.Hour, 10 * time.Minute, 150, 150 * time.Minute},
		"told, as expected":            {"looks are the fallback", told, 20 * time.Minute, 20 * time.Minute, 6, 151 * time.Second},
		"told, twice the expected":     {"twelve calls with the one of the event", told, 40 * time.Minute, 20 * time.Minute, 11, 5 * time.Minute},
		"local second":                 {"a small restore is measured to milliseconds", local, time.Second, 0, 200, 11 * time.Millisecond},
		"local 5 s":                    {"1 GiB without history", local, 5 * time.Second, 0, 400, 51 * time.Millisecond},
		"local 20 s, expected":         {"1 GiB on a slow disk, with history", local, 20 * time.Second, 18 * time.Second, 300, 50 * time.Millisecond},
		"local day":                    {"stays within 25,000 events at 9 a look", local, 24 * time.Hour, 0, 1400, 15 * time.Minute},
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
		l := Limits{
			PollSeconds:           rapid.SampledFrom([]float64{0, 0.005, 0.5, 5, 60}).Draw(t, "poll"),
			ExpectedRestoreSpread: rapid.Float64Range(0, 3).Draw(t, "spread"),
			EventsTell:            rapid.Bool().Draw(t, "told"), AwaitEvents: true,
		}
		limit := Seconds(rapid.Float64Range(0.001, 200_000).Draw(t, "limit"))
		expected := Seconds(rapid.Float64Range(0, 100_000).Draw(t, "expected"))
		n, _ := looks(PollingOf(l), limit, expected, limit)
		if n > 2500 {
			t.Fatalf("%d looks until %s, expecting %s", n, limit, expected)
		}
	})
}

// An event that wakes the poller adds a look and moves no other.
func TestAnEventMovesNoLook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Limits{
			ExpectedRestoreSpread: rapid.Float64Range(0.05, 1).Draw(t, "spread"),
			EventsTell:            rapid.Bool().Draw(t, "told"), AwaitEvents: true,
		}
		p := PollingOf(l)
		expected := Seconds(rapid.Float64Range(0, 20_000).Draw(t, "expected"))
		now := noon.Add(Seconds(rapid.Float64Range(0, 20_000).Draw(t, "now")))
		due := p.Next(noon, now, expected, 48*time.Hour)
		woken := now.Add(fraction(due.Sub(now), rapid.Float64Range(0, 0.999).Draw(t, "woken")))
		next := p.Next(noon, woken, expected, 48*time.Hour)
		if due.Sub(woken) > tooSoon && next != due || !next.After(woken) {
			t.Fatalf("due at %s; woken at %s, the next look is at %s", due.Sub(noon), woken.Sub(noon), next.Sub(noon))
		}
	})
}

// No silence is longer than a quarter of an hour, or a sixth of the expected,
// whatever history says, until history is known to be wrong.
func TestNoSilenceIsLong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expected := Seconds(rapid.Float64Range(1, 100_000).Draw(t, "expected"))
		p := PollingOf(Limits{ExpectedRestoreSpread: rapid.Float64Range(0.01, 1).Draw(t, "spread")})
		most := max(15*time.Minute, expected/6) + tooSoon
		for now := time.Duration(0); now < expected; {
			next := p.Next(noon, noon.Add(now), expected, 48*time.Hour).Sub(noon)
			if next-now > most {
				t.Fatalf("expecting %s, silence from %s to %s", expected, now, next)
			}
			now = next
		}
	})
}
