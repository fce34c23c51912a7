package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
)

func newPlanCommand(s ui.Streams) *cobra.Command {
	var flags planFlags
	out := ui.Output{Streams: s}
	var migrate, write bool
	var history historyFlag
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Check the plan and print it as a table, with what a loss would cost at worst",
		Args:  exactArgs(0),
		Long: `Check the plan and print it as a table, with the data and the time that a loss would cost at worst. Backups are
simulated as their rules schedule them. A target that cannot be met is refused, with the shortest change that would meet it
and the events that break it. Each figure says whether it was measured by drills, declared by the plan, or assumed. Measured
ones are used only with --history: the maximum of fewer than 20 drills, else their 95th percentile.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case migrate && cmd.Flag("history").Changed:
				return usageError("leave one of them out", "--migrate judges nothing, so --history says nothing")
			case migrate:
				return flags.migrate(out, write)
			case write:
				return usageError("for instance lifeboat plan --migrate --write", "--write without --migrate: there is nothing to write")
			}
			debug.SetGCPercent(planGC)
			loaded, err := flags.load()
			if err == nil {
				err = judge(cmd, s, history, &flags, loaded)
			}
			if err != nil {
				return refused(out, err)
			}
			document := planDocument{
				Hash: loaded.Hash, Plan: loaded.Plan, Warnings: warningsOf(loaded), Budget: loaded.Budget, Notes: append([]string{}, ui.Notes(loaded.Plan, loaded.Budget)...),
			}
			return out.Result(document, func(w io.Writer, _ ui.Paint) error {
				for _, warning := range document.Warnings {
					fmt.Fprintf(s.Err, "lifeboat: warning: %s\n", warning)
				}
				if err := ui.Plan(w, loaded); err != nil {
					return err
				}
				return ui.Budget(w, loaded.Plan, loaded.Budget)
			})
		},
	}
	flags.register(cmd.Flags())
	history.register(cmd.Flags())
	out.Flag(cmd.Flags(), "one JSON document: the normalised plan, its hash and its budget; with --migrate the file in today's form")
	cmd.Flags().BoolVar(&migrate, "migrate", false, "print the plan file in today's form, with its comments and the same hash")
	cmd.Flags().BoolVar(&write, "write", false, "with --migrate: replace the file")
	return cmd
}

// planGC lets the heap grow to five times what is in use: a plan is read in one go,
// of ten thousand databases into 100 MB, and the process ends with the answer.
const planGC = 400

// planDocument is what --json prints of a plan that can be used.
type planDocument struct {
	Hash     string        `json:"hash"`
	Plan     plan.Plan     `json:"plan"`
	Warnings []string      `json:"warnings"`
	Budget   budget.Report `json:"budget"`
	Notes    []string      `json:"notes"` // what the policy does not say by itself
}

// judge holds the targets against what drills measured, where that was asked for.
func judge(cmd *cobra.Command, s ui.Streams, history historyFlag, flags *planFlags, loaded *planfile.Loaded) error {
	measured, err := history.measured(cmd, s, flags, loaded)
	if err != nil {
		return err
	}
	if measured != nil {
		var warnings planfile.Problems
		if loaded.Budget, warnings, err = loaded.Judge(measured); err != nil {
			return planError(err)
		}
		loaded.Warnings = append(loaded.Warnings[:loaded.Declared], warnings...)
	}
	loaded.Warn(tooLong(cmd.Context(), loaded.Plan, measured)...)
	return nil
}

// tooLong are workloads whose steps take longer than the RTO: what the budget says is
// of their slowest database alone, and steps may wait for each other.
func tooLong(ctx context.Context, p plan.Plan, measured budget.Measurements) (problems []plan.Problem) {
	for _, onAWS := range []bool{true, false} {
		if len(p.Recovered(onAWS)) == 0 {
			continue
		}
		forecast, err := slice.ForecastOf(ctx, p, "", onAWS, measured)
		if err != nil {
			continue // what refuses a recovery lifeboat recover says
		}
		for _, of := range forecast.Workloads {
			if of.Met == nil || *of.Met {
				continue
			}
			i := slices.IndexFunc(p.Workloads, func(w plan.Workload) bool { return w.Name == of.Name })
			problems = append(problems, plan.Problem{
				Path: fmt.Sprintf("workloads[%d].objectives.rto", i),
				What: fmt.Sprintf("by its steps the recovery of %s takes %s, and its RTO is %s", of.Name, ui.Seconds(&of.ProjectedSeconds), ui.Seconds(&of.RTOSeconds)),
				Why:  "they wait for each other: " + strings.Join(of.Critical, " -> "), Hint: "lifeboat recover --dry-run shows the graph; let steps begin earlier, or raise the RTO",
			})
		}
	}
	return problems
}

// refusedPlan is the document of --json where targets cannot be met.
type refusedPlan struct {
	failure
	Budget budget.Report `json:"budget"`
}

// refused tells how a target is broken: the events in the document of --json, or
// on stderr, before the problems.
func refused(out ui.Output, err error) error {
	var missed *planfile.Missed
	if !errors.As(err, &missed) {
		return err
	}
	if !out.JSON() {
		ui.Witnesses(out.Err, missed.Budget)
		return err
	}
	if failed := ui.PrintJSON(out.Out, refusedPlan{failureOf(asExit(err)), missed.Budget}); failed != nil {
		return failed
	}
	return err
}

func warningsOf(loaded *planfile.Loaded) []string {
	texts := make([]string, len(loaded.Warnings))
	for i, w := range loaded.Warnings {
		texts[i] = w.String()
	}
	return texts
}
