package ui

import (
	"fmt"
	"io"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// RecoveryRehearsals are the results of `lifeboat rehearse --recover`: one in full,
// or several as one line each.
func RecoveryRehearsals(w io.Writer, rehearsals []*sim.RecoveryRehearsal, p Paint) {
	if len(rehearsals) > 1 {
		fmt.Fprintf(w, "Rehearsed %d times against a simulated AWS\n\n", len(rehearsals))
		for _, r := range rehearsals {
			rehearsedLine(w, r, p)
		}
		notAuthorised(w, rehearsals[0])
		return
	}
	r := rehearsals[0]
	fmt.Fprintf(w, "Rehearsed against a simulated AWS, seed %d: %s of %s\n", r.Seed, r.Mode, strings.Join(r.Workloads, ", "))
	if r.Description != "" {
		fmt.Fprintf(w, "%s\n", r.Description)
	}
	if r.Evidence != nil {
		RecoverySummary(w, *r.Evidence, "in the simulated bucket only", "", p)
	} else {
		fmt.Fprintf(w, "\n%s  and no evidence was recorded\n  %s\n", p.Bold(p.Bad(r.Ending)), r.Cause)
	}
	fmt.Fprintf(w, "  executions      %d, the longest with %d events of 25,000\n", r.Executions, r.LongestEvents)
	if r.Mode == recovery.Failover {
		fmt.Fprintf(w, "  recovered       %s\n", listed(r.Recovered))
		fmt.Fprintf(w, "  announced       %s\n", listed(r.Announced))
	}
	fmt.Fprintf(w, "  left behind     %s\n", listed(r.LeftBehind))
	cost(w, r.Cost)
	recoveryExpectation(w, r, p)
	notAuthorised(w, r)
}

func rehearsedLine(w io.Writer, r *sim.RecoveryRehearsal, p Paint) {
	fmt.Fprintf(w, "  seed %-6d %s  after %s, %d executions, %d transitions, $%.4f\n", r.Seed, p.Verdict(r.Ending == recovery.Passed, r.Ending),
		elapsed(drill.Seconds(r.Seconds)), r.Executions, r.Cost.Transitions, r.Cost.ControlPlaneDollars)
	recoveryExpectation(w, r, p)
}

func recoveryExpectation(w io.Writer, r *sim.RecoveryRehearsal, p Paint) {
	for _, why := range r.Why {
		fmt.Fprintf(w, "\n  %s  %s\n", p.Bold("not as expected"), why)
	}
	if r.Expected != "" && r.Met {
		fmt.Fprintf(w, "\n  %s  the scenario expects %s\n", p.Good("as expected"), r.Expected)
	}
}

func listed(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

func notAuthorised(w io.Writer, r *sim.RecoveryRehearsal) {
	if r.Authorised {
		return // who made the world from templates says what was refused
	}
	fmt.Fprintln(w, "\n  requests not authorised: whether the deployed roles may do all this `make rehearse` shows")
}
