package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/open"
)

func newRecoverCommand(s ui.Streams) *cobra.Command {
	out := ui.Output{Streams: s}
	var flags worldFlags
	var mode string
	var request world.RecoverRequest
	var dryRun, mermaid bool
	var history historyFlag
	cmd := &cobra.Command{
		Use:   "recover [WORKLOAD]",
		Short: "Recover a workload by its declared steps, as an exercise or for real",
		Long: `Runs the steps that the plan declares under recovery, each as soon as what it comes
after is done: of one workload, or of all that declare a recovery. An exercise (the
default) makes throwaways and removes them at its end; a failover makes what the plan
names as targets, on AWS, and needs --confirm with the deployment's name.
Where a step fails, what does not depend on it goes on; then lifeboat waits for a
decision: lifeboat recover retry, skip or abort, in another terminal.
The exit code is the ending: 0 Passed, 1 ObjectivesMissed, 2 FailureClean, 3 FailureDirty.`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			place, err := flags.choose(cmd)
			if err != nil {
				return err
			}
			request.Workload = strings.Join(args, "")
			if request.Mode, err = modeOf(mode); err != nil {
				return err
			}
			if dryRun || mermaid {
				onAWS := place.name == open.AWS
				if !cmd.Flag("world").Changed && !onAWS {
					onAWS = recoversOnAWS(place.plan.Plan)
				}
				measured, err := history.measured(cmd, s, &flags.plan, place.plan)
				if err != nil {
					return err
				}
				return dryRecovery{plan: place.plan.Plan, workload: request.Workload, onAWS: onAWS, measured: measured, mermaid: mermaid, request: request}.tell(cmd.Context(), out)
			}
			if cmd.Flag("history").Changed {
				return usageError("lifeboat recover --dry-run --history "+history.from, "--history without --dry-run: a recovery is not judged by drills")
			}
			w, err := place.recoverer(cmd)
			if err != nil {
				return err
			}
			show := ui.NewRecovery(s.Err, recoverCommands(cmd))
			request.Observe = show.Look
			outcome, err := w.Recover(cmd.Context(), request)
			show.End()
			if err != nil {
				return err
			}
			return reportRecovery(out, outcome)
		},
	}
	flags.register(cmd.Flags())
	out.Flag(cmd.Flags(), "one JSON document: the evidence; with --dry-run the graph")
	namedVar(cmd.Flags(), &mode, "mode", string(recovery.Exercise), "exercise (throwaways, removed at the end) or failover (the targets of the plan; with --world aws)")
	namedVar(cmd.Flags(), &request.Confirm, "confirm", "", "the name of the deployment: what a failover makes is real")
	cmd.Flags().BoolVar(&request.DeployedPlan, "deployed-plan", false, "with --world aws: recover with the plan that is deployed, even if it is not this one")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only tell: the graph, its critical path, and how long it is expected to take")
	namedVar(cmd.Flags(), &history.from, "history", "", "with --dry-run: forecast by what drills measured: local, aws, or a file that lifeboat history --json --limit 0 wrote; default: by the plan alone")
	cmd.Flags().BoolVar(&mermaid, "mermaid", false, "only print the graph, as Mermaid's text")
	cmd.AddCommand(newRecoverStatusCommand(s), newRecoverResumeCommand(s), newDecideCommand(s, recovery.Retry), newDecideCommand(s, recovery.Skip), newDecideCommand(s, recovery.Abort))
	return cmd
}

func modeOf(word string) (recovery.Mode, error) {
	switch mode := recovery.Mode(word); mode {
	case recovery.Exercise, recovery.Failover:
		return mode, nil
	}
	return "", usageError("the modes are exercise and failover", "there is no mode %q", word)
}

// recoverer enters the world for recoveries.
func (p place) recoverer(cmd *cobra.Command) (world.Recoverer, error) {
	w, err := open.Recoverer(cmd.Context(), p.name, open.Options{
		Plan: p.plan, StateDir: p.flags.plan.stateDir, Version: versionString(), SweepKept: sweepKept(cmd), RecoverCommand: recoverCommands(cmd), Waits: tellWait(cmd.ErrOrStderr()), Pause: testPause(cmd.ErrOrStderr()),
	})
	if err != nil {
		return nil, worldError(err)
	}
	return w, nil
}

// recorded enters the world for what concerns a run that is there: on this machine no
// plan is needed.
func (f *worldFlags) recorded(cmd *cobra.Command) (world.Recoverer, error) {
	name, err := f.chosen(cmd)
	if err != nil {
		return nil, err
	}
	p := place{name: name, flags: f}
	if name == open.AWS {
		if p, err = f.choose(cmd); err != nil {
			return nil, err
		}
	} else if err := stateFolder(cmd); err != nil {
		return nil, err
	}
	return p.recoverer(cmd)
}

// recoverCommands writes commands about recoveries as they are to be typed, with the
// flags that say where. What needs a plan says so where there is none.
func recoverCommands(cmd *cobra.Command) func(words ...string) string {
	var flags []string
	for _, name := range []string{"plan", "state-dir", "world", "aws"} {
		flag := cmd.Flag(name)
		if flag == nil || !flag.Changed {
			continue
		}
		text := "--" + name
		if name != "aws" {
			text += "=" + printable.ShellWord(flag.Value.String())
		}
		flags = append(flags, text)
	}
	return func(words ...string) string {
		where := flags
		if plan := cmd.Flag("plan"); plan != nil && !plan.Changed && needsPlan(words) && !there(plan.DefValue) {
			where = append([]string{"--plan FILE"}, flags...)
		}
		return recovery.Command(strings.Join(where, " "), words...)
	}
}

// needsPlan: on this machine a run is looked at and decided about without one.
func needsPlan(words []string) bool {
	return len(words) == 0 || words[0] == "resume"
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// reportRecovery prints what became of a recovery and maps the ending to the exit
// code.
func reportRecovery(out ui.Output, o *world.RecoveryOutcome) error {
	if o.Document == nil {
		return noRecovery(out, o)
	}
	err := out.Result(o.Document, func(w io.Writer, p ui.Paint) error {
		ui.RecoverySummary(w, *o.Document, o.Evidence, o.Report, p)
		return nil
	})
	ending := drill.Ending(o.Document.Ending)
	if err != nil || ending == drill.Passed {
		return err
	}
	return &exitError{code: codeOf(ending), err: errors.New(o.Document.Ending), quiet: true}
}

// noRecovery says why there is nothing to show.
func noRecovery(out ui.Output, o *world.RecoveryOutcome) error {
	switch {
	case o.Other != "":
		fmt.Fprintln(out.Err, cmp.Or(ui.Shown(o.Cause), "It ended as "+o.Other+": nothing to do."))
		return out.Result(map[string]any{"ending": nil, "outcome": o.Other}, func(io.Writer, ui.Paint) error { return nil })
	case o.Error == "NotConfirmed":
		return usageError("see lifeboat recover --help", "%s", o.Cause)
	case o.Ending != "":
		return &exitError{code: codeOf(o.Ending), err: fmt.Errorf("%s, and no evidence could be recorded: %s", o.Ending, o.Cause), hint: o.Hint}
	}
	return &exitError{code: exitInternal, err: fmt.Errorf("the recovery came to none of the endings: %s %s", o.Error, o.Cause), hint: o.Hint}
}
