package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// bound is what a line must keep.
type bound struct {
	lag   [3]float64 // p50, p90, p99; seconds
	calls [3]float64 // p50, mean, p99
}

// figures are the statistics of one line.
type figures struct {
	lag     [4]float64 // p50, p90, p99, max; seconds
	calls   [3]float64 // p50, mean, p99
	renewed float64    // part of the restores for which the waiter gave up
}

func summarize(all []outcome) figures {
	var lags, calls []float64
	var f figures
	n := float64(len(all))
	for _, o := range all {
		lags, calls = append(lags, o.lag), append(calls, float64(o.calls))
		f.calls[1] += float64(o.calls) / n
		if o.renewed {
			f.renewed += 1 / n
		}
	}
	slices.Sort(lags)
	slices.Sort(calls)
	f.lag = [4]float64{quantile(lags, 0.5), quantile(lags, 0.9), quantile(lags, 0.99), lags[len(lags)-1]}
	f.calls[0], f.calls[2] = quantile(calls, 0.5), quantile(calls, 0.99)
	return f
}

// quantile is the smallest value that so large a part is not above.
func quantile(sorted []float64, part float64) float64 {
	return sorted[max(0, int(math.Ceil(part*float64(len(sorted))))-1)]
}

func table(list []restore, seed uint64, stale bool) error {
	fmt.Printf("\n%-35s  %26s  %20s\n", "", "lag, s", "calls")
	fmt.Printf("%-35s  %5s %5s %6s %7s  %6s %6s %6s\n", "simulated", "p50", "p90", "p99", "max", "p50", "mean", "p99")

	var peers [2][]outcome
	for _, r := range list {
		peers[0] = append(peers[0], boto3(describe(r, stale)))
		peers[1] = append(peers[1], goSDK(describe(r, stale), r.noise^seed))
	}
	python := summarize(peers[0])
	line("boto3's waiter, 30 s x 60", python, fmt.Sprintf("gave up on %.1f %% and was called again", 100*python.renewed))
	line("Go SDK's waiter, 30 s to 1,800 s", summarize(peers[1]), "")
	for _, e := range experiments {
		all, err := e.run(list, stale)
		if err != nil {
			return err
		}
		f, b := summarize(all), *e.bound
		if stale && e.bound != withEvent {
			b.lag = [3]float64{math.Ceil(python.lag[0]), math.Ceil(python.lag[1]), math.Ceil(python.lag[2])}
		}
		if e.bound == unknown {
			b.calls = python.calls
		}
		line(e.name, f, b.verdict(f))
	}
	return nil
}

func line(name string, f figures, note string) {
	text := fmt.Sprintf("%-35s  %5.1f %5.1f %6.1f %7.1f  %6.0f %6.1f %6.0f  %s",
		name, f.lag[0], f.lag[1], f.lag[2], f.lag[3], f.calls[0], f.calls[1], f.calls[2], note)
	fmt.Println(strings.TrimRight(text, " "))
}

func (b bound) verdict(f figures) string {
	lag := f.lag[0] <= b.lag[0] && f.lag[1] <= b.lag[1] && f.lag[2] <= b.lag[2]
	return fmt.Sprintf("lag %g/%g/%g %s; calls %.0f %s (mean %s, p99 %s)", b.lag[0], b.lag[1], b.lag[2], met(lag),
		b.calls[0], met(f.calls[0] <= b.calls[0]), met(f.calls[1] <= b.calls[1]), met(f.calls[2] <= b.calls[2]))
}

func met(ok bool) string {
	if ok {
		return "met"
	}
	return "MISSED"
}
