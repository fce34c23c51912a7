package main

import (
	"fmt"
	"slices"
)

const (
	maxRatio  = 1.15 // of the time by hand
	maxExtra  = 0.3  // seconds on top
	maxMemory = 100  // MiB, of lifeboat itself
)

// measured is what counts: every round but the first.
type measured struct {
	drills []drilled
	hands  []float64 // seconds
}

func (m measured) report(both bool) {
	var seconds []float64
	var memory int64
	for _, d := range m.drills {
		seconds, memory = append(seconds, d.seconds), max(memory, d.memory)
	}
	drill := median(seconds)
	if both {
		hand := median(m.hands)
		limit := maxRatio*hand + maxExtra
		fmt.Printf("\n  median  %.2f s against %.2f s: ratio %.2f\n", drill, hand, drill/hand)
		fmt.Printf("  time    at most %.2f times the other plus %.1f s = %.2f s: %s\n", maxRatio, maxExtra, limit, met(drill <= limit))
	} else {
		fmt.Printf("\n  median  %.2f s\n", drill)
	}
	if memory > 0 {
		fmt.Printf("  memory  %.0f MiB of lifeboat itself, at most %d MiB: %s\n", float64(memory)/(1<<20), maxMemory, met(memory <= maxMemory<<20))
	} else {
		fmt.Println("  memory  not known on this platform")
	}
	m.phases(drill)
}

// phases prints where a drill's time goes: the median of each phase, and the
// rest: the start of the program, the slot, evidence and metrics.
func (m measured) phases(drill float64) {
	rest := drill
	fmt.Print("  phases ")
	for i, p := range m.drills[0].phases {
		var seconds []float64
		for _, d := range m.drills {
			if i < len(d.phases) && d.phases[i].Phase == p.Phase {
				seconds = append(seconds, d.phases[i].Seconds)
			}
		}
		middle := median(seconds)
		rest -= middle
		fmt.Printf(" %s %.2f s,", p.Phase, middle)
	}
	fmt.Printf(" the rest %.2f s\n", max(rest, 0))
}

func met(ok bool) string {
	if ok {
		return "met"
	}
	return "MISSED"
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	n := len(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return (values[n/2-1] + values[n/2]) / 2
}
