package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

type rehearseFlags struct {
	plan     planFlags
	scenario string
	seed     uint64
	runs     int
	asJSON   bool
}

func newRehearseCommand(s streams) *cobra.Command {
	var flags rehearseFlags
	cmd := &cobra.Command{
		Use:   "rehearse",
		Short: "Run the drills of databases on AWS against a simulated AWS, in virtual time",
		Long: `Runs the drill machine, as it is deployed, against a simulated AWS: nothing is called,
nothing costs anything, and an hour passes in milliseconds. A scenario file says what
AWS holds, how long things take and what goes wrong; without one it is a good day. The
same plan, scenario and seed give the same output, byte for byte.
The exit code is 0 where every drill came to what its scenario expects, and otherwise
that of the gravest ending.`,
		Args: maxArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			rehearsals, err := flags.rehearse(cmd)
			if err != nil {
				return err
			}
			if flags.asJSON {
				if err := printJSON(s.out, map[string]any{"rehearsals": rehearsals}); err != nil {
					return err
				}
			} else {
				printRehearsals(s.out, rehearsals, colours(s.out))
			}
			return exitOf(rehearsals)
		},
	}
	cmd.Flags().StringVar(&flags.plan.file, "plan", "lifeboat.yaml", "the plan file")
	cmd.Flags().StringVar(&flags.scenario, "scenario", "", "a scenario file; default: a good day")
	cmd.Flags().Uint64Var(&flags.seed, "seed", 1, "of everything random")
	cmd.Flags().IntVar(&flags.runs, "runs", 1, "how often, with the next seed each time")
	cmd.Flags().BoolVar(&flags.asJSON, "json", false, "print one JSON document")
	return cmd
}

// rehearse runs every drill that is asked for: the scenario's database, or all
// databases of the plan that live on AWS.
func (f rehearseFlags) rehearse(cmd *cobra.Command) ([]*sim.Rehearsal, error) {
	if f.runs < 1 {
		return nil, usageError("for instance --runs 100", "--runs %d: at least one", f.runs)
	}
	loaded, err := f.plan.load()
	if err != nil {
		return nil, err
	}
	var scenario sim.Scenario
	if f.scenario != "" {
		if scenario, err = sim.LoadScenario(f.scenario); err != nil {
			return nil, usageError("see examples/rds/scenarios for all that a scenario can say", "%w", err)
		}
	}
	databases, err := databasesOf(loaded.Plan, scenario.Database)
	if err != nil {
		return nil, err
	}
	var rehearsals []*sim.Rehearsal
	for _, database := range databases {
		for run := range f.runs {
			scenario.Database = database
			r, err := sim.Rehearse(cmd.Context(), sim.Options{Plan: loaded.Plan, Scenario: scenario, Seed: f.seed + uint64(run), Version: versionString()}) //nolint:gosec // not negative
			if err != nil {
				return nil, fmt.Errorf("rehearse the drill of %s: %w", database, err)
			}
			rehearsals = append(rehearsals, r)
		}
	}
	return rehearsals, nil
}

func databasesOf(p plan.Plan, name string) ([]string, error) {
	if name != "" {
		w, d, err := p.Find(name)
		if err != nil {
			return nil, usageError("name it in the scenario as workload/database", "%w", err)
		}
		return []string{w.Name + "/" + d.Name}, nil
	}
	var names []string
	for w, d := range p.OnAWS() {
		names = append(names, w.Name+"/"+d.Name)
	}
	if len(names) == 0 {
		return nil, usageError("`lifeboat drill` drills databases of kind postgres for real", "the plan has no database of kind %s to rehearse", strings.Join(plan.KindNames(plan.DrilledOnAWS), " or "))
	}
	return names, nil
}

func exitOf(rehearsals []*sim.Rehearsal) error {
	worst := exitPassed
	for _, r := range rehearsals {
		if r.Expected != "" && r.Met {
			continue
		}
		worst = max(worst, codeOf(r.Ending))
		if !r.Met {
			worst = max(worst, exitObjectivesMissed)
		}
	}
	if worst == exitPassed {
		return nil
	}
	return &exitError{code: worst, err: fmt.Errorf("not every drill came to what was expected"), quiet: true}
}

func printRehearsals(w io.Writer, rehearsals []*sim.Rehearsal, p paint) {
	if len(rehearsals) > 1 {
		printMany(w, rehearsals, p)
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
		printSummary(w, *r.Evidence, drillevidence.Summarize(*r.Evidence, "in the simulated bucket only", "the same"), p)
	} else {
		fmt.Fprintf(w, "\n%s  %s, and no evidence was recorded\n  %s\n", p.bold(p.bad(string(r.Ending))), r.Database, r.Cause)
	}
	printCost(w, r.Cost)
	printExpectation(w, r, p)
}

func printCost(w io.Writer, c sim.Cost) {
	fmt.Fprintf(w, "\n  cost            %s\n", c)
	for _, name := range slices.Sorted(maps.Keys(c.Requests)) {
		fmt.Fprintf(w, "    %6d  %s\n", c.Requests[name], name)
	}
}

func printExpectation(w io.Writer, r *sim.Rehearsal, p paint) {
	for _, why := range r.Why {
		fmt.Fprintf(w, "\n  %s  %s\n", p.bad("not as expected"), why)
	}
	if r.Expected != "" && r.Met {
		fmt.Fprintf(w, "\n  %s  the scenario expects %s\n", p.good("as expected"), r.Expected)
	}
}

// printMany is one line per ending, with the spread of what was measured.
func printMany(w io.Writer, rehearsals []*sim.Rehearsal, p paint) {
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
		fmt.Fprintf(w, "  %-24s %s  %d times", k.database, p.verdict(k.ending == drill.Passed, string(k.ending)), len(group))
		if len(rto) > 0 {
			fmt.Fprintf(w, ", RTO %s to %s", elapsed(drill.Seconds(rto[0])), elapsed(drill.Seconds(rto[len(rto)-1])))
		}
		fmt.Fprintf(w, ", at most %d transitions and $%.4f\n", transitions, dollars[len(dollars)-1])
	}
	for _, r := range rehearsals {
		if !r.Met {
			fmt.Fprintf(w, "\n  seed %d", r.Seed)
			printExpectation(w, r, p)
		}
	}
}

func elapsed(d time.Duration) string { return d.Round(100 * time.Millisecond).String() }
