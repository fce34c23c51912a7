package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// decisions say what each is for.
var decisions = map[recovery.Choice]struct{ use, short, long, done string }{
	recovery.Retry: {"retry RUN STEP", "Try a failed step of a recovery once more", `Tries a failed step once more; what it held up becomes possible again.`, "is tried once more"},
	recovery.Skip: {
		"skip RUN STEP", "Go on as if a step of a recovery had succeeded",
		`Goes on as if the step had succeeded: what comes after it begins. The recovery cannot
be Passed any more, and the evidence says who decided so, and why.`, "is skipped",
	},
	recovery.Abort: {
		"abort RUN", "End a recovery: begin nothing any more",
		`Begins nothing any more: what runs ends at its next look, what an exercise made is
removed, and the recovery is reported.`, "is aborted",
	},
}

func newDecideCommand(s ui.Streams, choice recovery.Choice) *cobra.Command {
	out := ui.Output{Streams: s}
	var flags worldFlags
	d := recovery.Decision{Choice: choice}
	says := decisions[choice]
	args := 2
	if choice == recovery.Abort {
		args = 1
	}
	cmd := &cobra.Command{
		Use: says.use, Short: says.short, Long: says.long, Args: exactArgs(args),
		RunE: func(cmd *cobra.Command, args []string) error {
			what := "recovery " + args[0]
			if len(args) == 2 {
				d.Step, what = args[1], "step "+args[1]
			}
			w, err := flags.recorded(cmd)
			if err != nil {
				return err
			}
			if d.Reason == "" {
				return usageError("say why: the evidence keeps it", "%s needs --reason", cmd.CommandPath())
			}
			if err := w.Decide(cmd.Context(), args[0], d); err != nil {
				return err
			}
			now, err := w.Recovery(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return tellDecided(out, now, what+" "+says.done, recoverCommands(cmd))
		},
	}
	flags.register(cmd.Flags())
	out.Flag(cmd.Flags(), "one JSON document: how the recovery stands")
	namedVar(cmd.Flags(), &d.Reason, "reason", "", "why, for the evidence")
	namedVar(cmd.Flags(), &d.By, "by", "", "who decides (default: this user; on AWS whose credentials they are)")
	if choice != recovery.Abort {
		cmd.Flags().IntVar(&d.Try, "attempt", 0, "the attempt that was meant: the decision is refused where there is another by now (default: the present one)")
	}
	return cmd
}

func tellDecided(out ui.Output, now world.Recovery, what string, command func(...string) string) error {
	return out.Result(now, func(w io.Writer, _ ui.Paint) error {
		fmt.Fprintf(w, "Decided: %s.\n", ui.Shown(what))
		if now.CutOff {
			fmt.Fprintf(w, "Nobody works on the recovery: it takes effect with\n  %s\n", command("resume", now.Run.ID))
		}
		return nil
	})
}
