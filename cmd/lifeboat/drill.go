package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/open"
)

func newDrillCommand(s ui.Streams) *cobra.Command {
	out := ui.Output{Streams: s}
	var flags worldFlags
	var request world.Request
	cmd := &cobra.Command{
		Use:   "drill [WORKLOAD[/DATABASE]]",
		Short: "Restore the newest backup into a throwaway, check it, judge it, remove it",
		Long: `Restores the newest usable backup of a database into a throwaway, puts the checks of
the plan to it, judges RPO and RTO, removes the throwaway and writes the evidence.
With --world aws the drill runs where the plan is deployed; this starts and follows it.
The exit code is the ending: 0 Passed, 1 ObjectivesMissed, 2 FailureClean, 3 FailureDirty.`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			place, err := flags.choose(cmd)
			if err != nil {
				return err
			}
			name, rto, err := place.database(cmd, args)
			if err != nil {
				return err
			}
			w, err := place.open(cmd)
			if err != nil {
				return err
			}
			show := ui.NewProgress(s.Err, name, rto)
			request.Database, request.Trigger, request.Observe = name, trigger(request.ScheduledTime), show.Event
			outcome, err := w.Drill(cmd.Context(), request)
			show.End()
			if err != nil {
				return err
			}
			return reportDrill(out, place.name, outcome)
		},
	}
	flags.register(cmd.Flags())
	out.Flag(cmd.Flags(), "one JSON document with the result")
	cmd.Flags().BoolVar(&request.Keep, "keep", false, "leave the restored copy, and print how to connect to it and how to remove it; on AWS until it is an hour old and the sweeper takes it")
	namedVar(cmd.Flags(), &request.ScheduledTime, "scheduled-time", "", "what a schedule passes, so that a second start for the same time ends harmlessly")
	cmd.Flags().BoolVar(&request.DeployedPlan, "deployed-plan", false, "with --world aws: drill with the plan that is deployed, even if it is not this one")
	return cmd
}

// reportDrill prints the result and maps the ending to the exit code. An
// execution that ended in none of the four is an internal error.
func reportDrill(out ui.Output, in open.Name, o *world.Outcome) error {
	if o.Duplicate {
		return reportDuplicate(out, in, o)
	}
	code := codeOf(o.Ending)
	switch o.Refused {
	case drill.UnknownDatabase, drill.PlanMismatch:
		code = exitUsage
	}
	if o.Document == nil {
		return &exitError{code: code, err: noEvidence(o), hint: o.Hint}
	}
	summary := drillevidence.Summarize(*o.Document, o.Evidence, o.Report)
	err := out.Result(summary, func(w io.Writer, p ui.Paint) error {
		ui.Summary(w, *o.Document, summary, p)
		return nil
	})
	if err != nil {
		return err
	}
	if o.Connect != "" {
		fmt.Fprintf(out.Err, "\nThe copy was kept.\n%s\n", o.Connect)
	}
	if code == exitPassed {
		return nil
	}
	if o.Ending == "" { // the summary does not say it
		return &exitError{code: code, err: fmt.Errorf("the drill came to none of the endings: %s %s", o.Error, o.Cause), hint: o.Hint}
	}
	return &exitError{code: code, err: fmt.Errorf("%s", o.Ending), quiet: true}
}

// noEvidence says why there is nothing to show.
func noEvidence(o *world.Outcome) error {
	ending := cmp.Or(string(o.Ending), o.Error, "no ending")
	if o.Refused != "" {
		return fmt.Errorf("%s, it was refused: %s: %s", ending, o.Refused, o.Cause)
	}
	return fmt.Errorf("%s, and no evidence could be recorded: %s", ending, o.Cause)
}

func reportDuplicate(out ui.Output, in open.Name, o *world.Outcome) error {
	fmt.Fprintln(out.Err, "This scheduled time was drilled before: nothing to do.")
	document := map[string]any{"ending": nil, "outcome": "duplicate"}
	if in == open.AWS { // where it can be looked at
		document["executionArn"] = o.ExecutionID
	}
	return out.Result(document, func(io.Writer, ui.Paint) error { return nil })
}

func trigger(scheduledTime string) string {
	if scheduledTime != "" {
		return "schedule"
	}
	return "manual"
}
