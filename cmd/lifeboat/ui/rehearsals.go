package ui

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// Rehearsals are the results of `lifeboat rehearse`: one in full, or several as
// one line per ending.
func Rehearsals(w io.Writer, rehearsals []*sim.Rehearsal, p Paint) {
	defer authorised(w, rehearsals[0])
	if len(rehearsals) > 1 {
		manyRehearsals(w, rehearsals, p)
		return
	}
	r := rehearsals[0]
	fmt.Fprintf(w, "Rehearsed against a simulated AWS, seed %d\n", r.Seed)
	if r.Description != "" {
		fmt.Fprintf(w, "%s\n", r.Description)
	}
	fmt.Fprintln(w, "\n  states")
	for _, state := range r.States {
		fmt.Fprintf(w, "    %s  +%9s  %s\n", state.EnteredAt.UTC().Format("15:04:05"), elapsed(state.EnteredAt.Sub(r.StartedAt)), state.Name)
	}
	if r.Evidence != nil {
		Summary(w, *r.Evidence, drillevidence.Summarize(*r.Evidence, "in the simulated bucket only", "the same"), p)
	} else {
		fmt.Fprintf(w, "\n%s  %s, and no evidence was recorded\n  %s\n", p.Bold(p.Bad(string(r.Ending))), r.Database, r.Cause)
	}
	cost(w, r.Cost)
	expectation(w, r, p)
}

// authorised says what a rehearsal does not show.
func authorised(w io.Writer, r *sim.Rehearsal) {
	if !r.Authorised {
		fmt.Fprintln(w, "\n  requests not authorised: whether the deployed roles may do all this `make rehearse` shows")
	}
}

func cost(w io.Writer, c sim.Cost) {
	fmt.Fprintf(w, "\n  cost            %s\n", c)
	for _, name := range slices.Sorted(maps.Keys(c.Requests)) {
		fmt.Fprintf(w, "    %6d  %s\n", c.Requests[name], name)
	}
}

func expectation(w io.Writer, r *sim.Rehearsal, p Paint) {
	for _, why := range r.Why {
		fmt.Fprintf(w, "\n  %s  %s\n", p.Bad("not as expected"), why)
	}
	if r.Expected != "" && r.Met {
		fmt.Fprintf(w, "\n  %s  the scenario expects %s\n", p.Good("as expected"), r.Expected)
	}
}

// manyRehearsals is one line per ending, with the spread of what was measured.
func manyRehearsals(w io.Writer, rehearsals []*sim.Rehearsal, p Paint) {
	fmt.Fprintf(w, "Rehearsed %d times against a simulated AWS, seeds %d to %d\n\n", len(rehearsals), rehearsals[0].Seed, rehearsals[len(rehearsals)-1].Seed)
	type key struct {
		database string
		ending   drill.Ending
	}
	groups := map[key][]*sim.Rehearsal{}
	var order []key
	for _, r := range rehearsals {
		k := key{r.Database, r.Ending}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], r)
	}
	for _, k := range order {
		group := groups[k]
		var rto, dollars []float64
		transitions := 0
		for _, r := range group {
			if r.Evidence != nil && r.Evidence.Objectives.RTO.ActualSeconds != nil {
				rto = append(rto, *r.Evidence.Objectives.RTO.ActualSeconds)
			}
			dollars, transitions = append(dollars, r.Cost.ControlPlaneDollars), max(transitions, r.Cost.Transitions)
		}
		slices.Sort(rto)
		slices.Sort(dollars)
		fmt.Fprintf(w, "  %-24s %s  %d times", k.database, p.Verdict(k.ending == drill.Passed, string(k.ending)), len(group))
		if len(rto) > 0 {
			fmt.Fprintf(w, ", RTO %s to %s", elapsed(drill.Seconds(rto[0])), elapsed(drill.Seconds(rto[len(rto)-1])))
		}
		fmt.Fprintf(w, ", at most %d transitions and $%.4f\n", transitions, dollars[len(dollars)-1])
	}
	for _, r := range rehearsals {
		if !r.Met {
			fmt.Fprintf(w, "\n  seed %d", r.Seed)
			expectation(w, r, p)
		}
	}
}

func elapsed(d time.Duration) string { return d.Round(100 * time.Millisecond).String() }
