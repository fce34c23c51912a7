package main

import (
	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

func newRecoverResumeCommand(s ui.Streams) *cobra.Command {
	out := ui.Output{Streams: s}
	var flags worldFlags
	var request world.ResumeRequest
	cmd := &cobra.Command{
		Use:   "resume RUN",
		Short: "Go on with a recovery that was cut off",
		Long: `Takes on a recovery whose process, or parent execution on AWS, is gone: it goes on from
its record. What was done stays done; what was under way is begun anew. With --abort it
begins nothing any more: what an exercise made is removed, and it is reported.
The exit code is the ending, as that of lifeboat recover.`,
		Args: exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			place, err := flags.choose(cmd)
			if err != nil {
				return err
			}
			w, err := place.recoverer(cmd)
			if err != nil {
				return err
			}
			show := ui.NewRecovery(s.Err, recoverCommands(cmd))
			request.Run, request.Observe = args[0], show.Look
			outcome, err := w.Resume(cmd.Context(), request)
			show.End()
			if err != nil {
				return err
			}
			return reportRecovery(out, outcome)
		},
	}
	flags.register(cmd.Flags())
	out.Flag(cmd.Flags(), "one JSON document: the evidence")
	cmd.Flags().BoolVar(&request.Abort, "abort", false, "begin nothing any more: only remove what it made, and report")
	return cmd
}
