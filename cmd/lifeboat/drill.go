package main

import (
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/local"
)

func newDrillCommand(s streams) *cobra.Command {
	var flags planFlags
	var asJSON, keep, onAWS, deployedPlan bool
	var scheduledTime string
	cmd := &cobra.Command{
		Use:   "drill [WORKLOAD[/DATABASE]]",
		Short: "Restore the newest backup into a throwaway, check it, judge it, remove it",
		Long: `Restores the newest usable backup of a database into a throwaway, puts the checks of
the plan to it, judges RPO and RTO, removes the throwaway and writes the evidence.
The exit code is the ending: 0 Passed, 1 ObjectivesMissed, 2 FailureClean, 3 FailureDirty.`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if onAWS {
				return drillOnAWS(cmd, s, flags, args, awsDrill{scheduledTime: scheduledTime, deployedPlan: deployedPlan, keep: keep, asJSON: asJSON})
			}
			if deployedPlan {
				return usageError("add --aws", "--deployed-plan is for drills that run in AWS")
			}
			show := newProgress(s.err)
			loaded, world, err := flags.open(local.Options{CheckProgress: show.check, Pause: testPause(s.err), Waits: tellWait(s)})
			if err != nil {
				return err
			}
			w, d, err := loaded.Plan.Find(strings.Join(args, ""))
			if err != nil {
				return usageError("lifeboat drill WORKLOAD/DATABASE", "%w", err)
			}
			name := w.Name + "/" + d.Name
			expected, err := world.Evidence().Expected(cmd.Context(), name)
			if err != nil {
				return fmt.Errorf("read the history of %s: %w", name, err)
			}
			show.begin(name, w.Objectives.RTO.Seconds(), expected)
			outcome, err := world.Drill(cmd.Context(), local.Request{
				Database: name, StartedBy: currentUser(), Trigger: trigger(scheduledTime), ScheduledTime: scheduledTime, Keep: keep, Observe: show.event,
			})
			show.end()
			if err != nil {
				return err
			}
			return reportDrill(s, outcome, asJSON)
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document with the result")
	cmd.Flags().BoolVar(&keep, "keep", false, "leave the restored copy, and print how to connect to it and how to remove it")
	cmd.Flags().StringVar(&scheduledTime, "scheduled-time", "", "what a schedule passes, so that a second start for the same time ends harmlessly")
	cmd.Flags().BoolVar(&onAWS, "aws", false, "start the drill in AWS, where lifeboat is deployed, and follow it")
	cmd.Flags().BoolVar(&deployedPlan, "deployed-plan", false, "with --aws: drill with the plan that is deployed, even if it is not this one")
	return cmd
}

func drillOnAWS(cmd *cobra.Command, s streams, flags planFlags, args []string, d awsDrill) error {
	loaded, err := flags.load()
	if err != nil {
		return err
	}
	w, database, err := loaded.Plan.Find(strings.Join(args, ""))
	if err != nil {
		return usageError("lifeboat drill --aws WORKLOAD/DATABASE", "%w", err)
	}
	d.plan, d.database = loaded.Plan, w.Name+"/"+database.Name
	return d.run(cmd.Context(), s)
}

// reportDrill prints the result and maps the ending to the exit code.
func reportDrill(s streams, o *local.Outcome, asJSON bool) error {
	if o.Duplicate {
		fmt.Fprintln(s.err, "This scheduled time was drilled before: nothing to do.")
		if asJSON {
			return printJSON(s.out, map[string]any{"ending": nil, "outcome": "duplicate"})
		}
		return nil
	}
	code := codeOf(o.Ending)
	if o.Document == nil {
		return &exitError{code: code, err: fmt.Errorf("%s, and no evidence could be recorded: %s", o.Ending, o.Cause),
			hint: "see that the state folder can be written and the disk is not full"}
	}
	summary := drillevidence.Summarize(*o.Document, o.EvidencePath, o.ReportPath)
	if asJSON {
		if err := printJSON(s.out, summary); err != nil {
			return err
		}
	} else {
		printSummary(s.out, *o.Document, summary, colours(s.out))
	}
	if o.Connect != "" {
		fmt.Fprintf(s.err, "\nThe copy was kept.\n%s\n", o.Connect)
	}
	if code == exitPassed {
		return nil
	}
	return &exitError{code: code, err: fmt.Errorf("%s", o.Ending), quiet: true}
}

func trigger(scheduledTime string) string {
	if scheduledTime != "" {
		return "schedule"
	}
	return "manual"
}

func currentUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprintf("uid %d", os.Getuid())
}
