package main

import (
	"math"
	"math/rand/v2"
)

// What is assumed of AWS. None of it is measured: the figures of the restores
// are those of the question, the others are guesses on the careful side.
const (
	medianSeconds = 1200.0 // of a restore, log-normal
	spread        = 0.3    // standard deviation of its logarithm
	pastRestores  = 10     // that history is estimated from, of the same distribution

	// An event reaches the poller log-normally after what it tells: 99 % within
	// 9.7 s, one in 10,000 after 30 s.
	eventMedian, eventSpread = 1.5, 0.8
	// The event of the beginning is written up to so long after the request.
	startWritten = 30.0
	// Between a look and the next wait nobody listens: two Lambda functions run.
	deafSeconds = 0.5
	// Where staleness is modelled, a description is up to so much older than
	// the moment of the call.
	staleSeconds = 2.0
)

// restore is one restore, the same for all who wait for it. Times are seconds
// after the request.
type restore struct {
	took       float64
	past       []float64 // earlier restores of this database
	startEvent float64   // arrival
	endEvent   float64   // arrival
	noise      uint64    // seed of what happens to each call
}

func restores(n int, seed uint64) []restore {
	random := rand.New(rand.NewPCG(seed, 1))
	lognormal := func(median, spread float64) float64 { return median * math.Exp(spread*random.NormFloat64()) }
	list := make([]restore, n)
	for i := range list {
		r := &list[i]
		r.took = lognormal(medianSeconds, spread)
		for range pastRestores {
			r.past = append(r.past, lognormal(medianSeconds, spread))
		}
		r.startEvent = startWritten*random.Float64() + lognormal(eventMedian, eventSpread)
		r.endEvent = r.took + lognormal(eventMedian, eventSpread)
		r.noise = random.Uint64()
	}
	return list
}

// described is DescribeDBInstances, and counts its calls.
type described struct {
	took, stale float64
	random      *rand.Rand
	calls       int
}

func describe(r restore, stale bool) *described {
	d := &described{took: r.took, random: rand.New(rand.NewPCG(r.noise, 2))}
	if stale {
		d.stale = staleSeconds
	}
	return d
}

func (d *described) available(now float64) bool {
	d.calls++
	return now-d.stale*d.random.Float64() >= d.took
}
