// Command waiting compares how soon the end of an RDS restore is seen, and
// with how many calls, by lifeboat's own steps and by the waiters of boto3 and
// of the Go SDK. Nothing is measured on AWS: restores, events and descriptions
// are simulated, the same for all; restores.go says what is assumed. The same
// seed prints the same figures.
//
//	go run ./examples/waiting [-restores 10000] [-seed 1]
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

func main() {
	n := flag.Int("restores", 10_000, "how many restores to simulate")
	seed := flag.Uint64("seed", 1, "the same seed gives the same restores")
	flag.Parse()
	if *n < 1 {
		fmt.Fprintln(os.Stderr, "waiting: -restores must be at least 1")
		os.Exit(2)
	}
	if err := compare(restores(*n, *seed), *seed); err != nil {
		fmt.Fprintln(os.Stderr, "waiting:", err)
		os.Exit(1)
	}
}

// knowledge is what lifeboat knows before a restore.
type knowledge func(restore) (expectedSeconds, spreadOfLogs float64)

func nothing(restore) (float64, float64)         { return 0, 0 }
func truth(restore) (float64, float64)           { return medianSeconds, spread }
func history(r restore) (median, spread float64) { return drill.Forecast(r.past) }

// The bounds. Where no event helps, they are those of boto3's waiter: its
// looks every 30 s see the end after 15, 28 and 30 s, with 42 calls for a
// restore of 20 minutes; half of them must do where history is known. Without
// history the calls are held against boto3's own in the same run.
var (
	asBoto3   = &bound{lag: [3]float64{15, 28, 30}, calls: [3]float64{21, 21, 21}}
	withEvent = &bound{lag: [3]float64{4, 15, 15}, calls: [3]float64{12, 12, 12}}
	unknown   = &bound{lag: [3]float64{15, 28, 30}}
)

// experiment is one line of the table.
type experiment struct {
	name     string
	knows    knowledge
	told     bool // past events told the end; see drill.Limits.EventsTell
	arriving events
	bound    *bound
}

var experiments = []experiment{
	{"event at the end, as in the past", truth, true, atEnd, withEvent},
	{"  known from 10 past restores", history, true, atEnd, withEvent},
	{"event at the end, the first ones", truth, false, atEnd, withEvent},
	{"event at the start only", truth, false, atStart, asBoto3},
	{"  known from 10 past restores", history, false, atStart, asBoto3},
	{"no event", truth, false, noEvent, asBoto3},
	{"  known from 10 past restores", history, false, noEvent, asBoto3},
	{"the event came until now, is lost", truth, true, noEvent, asBoto3},
	{"no history, event at the end", nothing, false, atEnd, unknown},
	{"no history, event at the start", nothing, false, atStart, unknown},
	{"no history, no event", nothing, false, noEvent, unknown},
}

func (e experiment) run(list []restore, stale bool) ([]outcome, error) {
	var all []outcome
	for _, r := range list {
		limits := drill.Limits{RestoreSeconds: 24 * 3600, AwaitEvents: true, EventsTell: e.told}
		limits.ExpectedRestoreSeconds, limits.ExpectedRestoreSpread = e.knows(r)
		o, err := lifeboat(r, describe(r, stale), limits, e.arriving)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
		all = append(all, o)
	}
	return all, nil
}

func compare(list []restore, seed uint64) error {
	fmt.Printf("Waiting for an RDS restore: %d simulated restores, log-normal, median 20 min, sigma %.1f, seed %d.\n", len(list), spread, seed)
	fmt.Printf("Assumed: an event reaches the poller after %.1f s (median; log-normal, sigma %.1f); nothing here was measured on AWS.\n", eventMedian, eventSpread)
	for _, stale := range []bool{false, true} {
		if stale {
			fmt.Printf("\nThe same restores, but a description is up to %.0f s old. boto3's lags, rounded up, are the bound where no event helps.\n", staleSeconds)
		}
		if err := table(list, seed, stale); err != nil {
			return err
		}
	}
	fmt.Print(remarks)
	return nil
}

const remarks = `
Bounds on lag are p50, p90 and p99 (with an event p50 and p99). Bounds on calls are held against p50; "mean" and "p99"
say whether they hold for these as well. A line that is MISSED is explained in docs/waiting.md: until an event comes,
waits with and without it are the same, so the first ones cannot have both bounds, and a lost event costs its fallback.
`
