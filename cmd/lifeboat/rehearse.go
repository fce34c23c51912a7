package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

type rehearseFlags struct {
	plan     planFlags
	scenario string
	seed     uint64
	runs     int
	recovers bool
	mode     string // of a recovery
}

func newRehearseCommand(s ui.Streams) *cobra.Command {
	out := ui.Output{Streams: s}
	var flags rehearseFlags
	cmd := &cobra.Command{
		Use:   "rehearse",
		Short: "Run drills or recoveries against a simulated AWS, in virtual time",
		Long: `Runs the drill machine, or with --recover the two machines that recover, as they are
deployed, against a simulated AWS: nothing is called, nothing costs anything, and an
hour passes in milliseconds. A scenario file says what AWS holds, how long things take
and what goes wrong; without one it is a good day. The same plan, scenario and seed give
the same output, byte for byte.
The exit code is 0 where every drill, or recovery, came to what its scenario expects, and otherwise
that of the gravest ending.`,
		Args: maxArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.recovers {
				return flags.recoveries(cmd, out)
			}
			if flags.mode != "" {
				return usageError("lifeboat rehearse --recover --mode "+flags.mode, "--mode is of recoveries")
			}
			rehearsals, err := flags.rehearse(cmd)
			if err != nil {
				return err
			}
			err = out.Result(map[string]any{"rehearsals": rehearsals}, func(w io.Writer, p ui.Paint) error {
				ui.Rehearsals(w, rehearsals, p)
				return nil
			})
			if err != nil {
				return err
			}
			return exitOf(rehearsals)
		},
	}
	flags.plan.registerFile(cmd.Flags())
	namedVar(cmd.Flags(), &flags.scenario, "scenario", "", "a scenario file; default: a good day")
	cmd.Flags().Uint64Var(&flags.seed, "seed", 1, "of everything random")
	cmd.Flags().IntVar(&flags.runs, "runs", 1, "how often, with the next seed each time")
	cmd.Flags().BoolVar(&flags.recovers, "recover", false, "rehearse the recovery of all workloads that declare one")
	namedVar(cmd.Flags(), &flags.mode, "mode", "", "of a recovery: exercise or failover; default: as the scenario says, else exercise")
	out.Flag(cmd.Flags(), "one JSON document")
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
