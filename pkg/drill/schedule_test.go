package drill

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// simulated are the lags, in seconds, and the looks of restores of about 20
// minutes (log-normal, sigma 0.3) where no event comes; sorted.
func simulated(seed uint64, limits func(past []float64) Limits) (lags, calls []float64) {
	random := rand.New(rand.NewPCG(seed, 1))
	took := func() float64 { return 1200 * math.Exp(0.3*random.NormFloat64()) }
	for range 10_000 {
		var past []float64
		for range 10 {
			past = append(past, took())
		}
		l, t := limits(past), Seconds(took())
		p, expected := PollingOf(l), Seconds(l.ExpectedRestoreSeconds)
		var now time.Duration
		n := 0.0
		for now < t {
			now = p.Next(noon, noon.Add(now), expected, 48*time.Hour).Sub(noon)
			n++
		}
		lags, calls = append(lags, (now-t).Seconds()), append(calls, n)
	}
	slices.Sort(lags)
	slices.Sort(calls)
	return lags, calls
}

func part(sorted []float64, p float64) float64 { return sorted[int(p*float64(len(sorted)))] }

// The bounds of docs/waiting.md. What is estimated from ten restores is at the
// edge of what is possible: there the 99th percentile has the tolerance of the
// sample, which is a tenth of a per cent of all restores.
func TestLagAndCallsAreBounded(t *testing.T) {
	truth := func([]float64) Limits {
		return Limits{ExpectedRestoreSeconds: 1200, ExpectedRestoreSpread: 0.3}
	}
	estimated := func(past []float64) (l Limits) {
		l.ExpectedRestoreSeconds, l.ExpectedRestoreSpread = Forecast(past)
		return l
	}
	told := func(past []float64) Limits {
		l := estimated(past)
		l.AwaitEvents, l.EventsTell = true, true
		return l
	}
	tests := map[string]struct {
		reason      string
		limits      func([]float64) Limits
		lag         [3]float64 // p50, p90, p99
		calls, rare float64    // p50, p99
		tail        float64    // where the 99th percentile is read
	}{
		"known":      {"no worse than boto3's waiter, with half its calls", truth, [3]float64{15, 28, 30}, 21, 70, 0.99},
		"estimated":  {"the same", estimated, [3]float64{15, 28, 30}, 22, 75, 0.9885},
		"no history": {"no worse than boto3's waiter", func([]float64) Limits { return Limits{} }, [3]float64{15, 28, 30}, 42, 86, 0.99},
		"told":       {"the event is lost: the fallback; with it, one call more", told, [3]float64{85, 165, 250}, 6, 12, 0.99},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(3) {
				lags, calls := simulated(seed, tc.limits)
				lag := [3]float64{part(lags, 0.5), part(lags, 0.9), part(lags, tc.tail)}
				if lag[0] > tc.lag[0] || lag[1] > tc.lag[1] || lag[2] > tc.lag[2] {
					t.Errorf("%s: seed %d: lags %.1f, at most %.1f", tc.reason, seed, lag, tc.lag)
				}
				if n, rare := part(calls, 0.5), part(calls, 0.99); n > tc.calls || rare > tc.rare {
					t.Errorf("%s: seed %d: %.0f calls at the median and %.0f rarely, at most %.0f and %.0f", tc.reason, seed, n, rare, tc.calls, tc.rare)
				}
			}
		})
	}
}

func TestForecast(t *testing.T) {
	tests := map[string]struct {
		reason         string
		past           []float64
		median, spread [2]float64 // from, to
	}{
		"none":       {"nothing is known", nil, [2]float64{0, 0}, [2]float64{0, 0}},
		"not one":    {"a restore takes time", []float64{0, -1}, [2]float64{0, 0}, [2]float64{0, 0}},
		"one":        {"it may be anything about that", []float64{100}, [2]float64{100, 100}, [2]float64{0.42, 0.43}},
		"three":      {"one odd run moves nothing", []float64{800, 600, 9000}, [2]float64{800, 800}, [2]float64{0.4, 0.51}},
		"ten equal":  {"so few prove little", slices.Repeat([]float64{100}, 10), [2]float64{100, 100}, [2]float64{0.25, 0.3}},
		"ten, a jam": {"one odd run moves little", append(slices.Repeat([]float64{100}, 9), 2000), [2]float64{100, 110}, [2]float64{0.4, 0.6}},
		"it grew":    {"only the newest ten count", append(slices.Repeat([]float64{200}, 10), 1, 1, 1), [2]float64{200, 200}, [2]float64{0.25, 0.3}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			median, spread := Forecast(tc.past)
			if median < tc.median[0] || median > tc.median[1] || spread < tc.spread[0] || spread > tc.spread[1] {
				t.Errorf("%s: median %g, spread %g", tc.reason, median, spread)
			}
		})
	}
}

func TestEventsTellAfterThreeInARow(t *testing.T) {
	tests := map[string]struct {
		reason string
		told   []bool // newest first
		want   bool
	}{
		"none":        {"nothing is known", nil, false},
		"two":         {"it could be luck", []bool{true, true}, false},
		"three":       {"it is the rule", []bool{true, true, true, false}, true},
		"one is lost": {"looks must be close again", []bool{true, false, true, true, true}, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var past []PastRestore
			for _, told := range tc.told {
				past = append(past, PastRestore{Seconds: 60, ToldByEvent: told})
			}
			var l Limits
			if l.Learn(past); l.EventsTell != tc.want {
				t.Errorf("%s: %t", tc.reason, l.EventsTell)
			}
		})
	}
}
