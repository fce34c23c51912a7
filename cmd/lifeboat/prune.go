package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/world/open"
)

func newPruneCommand(s ui.Streams) *cobra.Command {
	out := ui.Output{Streams: s}
	var flags planFlags
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove old versions of the deployed functions that no drill can use",
		Long: `Every deployment publishes new versions of lifeboat's functions, and an execution goes on
with those that it was started with. This removes the old ones that no execution can use:
not those of executions that are open, or closed for less than 14 days (they can be
redriven), nor the newest three of each function. make deploy runs it.`,
		Args: exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := flags.load()
			if err != nil {
				return err
			}
			deployment, err := open.OnAWS(cmd.Context(), loaded.Plan, versionString())
			if err != nil {
				return worldError(err)
			}
			removed, err := deployment.Prune(cmd.Context(), dryRun)
			if removed == nil && err != nil {
				return err
			}
			if removed == nil {
				removed = []deployed.Version{}
			}
			printErr := out.Result(removed, func(w io.Writer, _ ui.Paint) error {
				ui.Pruned(w, removed, dryRun)
				return nil
			})
			if printErr != nil {
				return printErr
			}
			return err
		},
	}
	flags.register(cmd.Flags())
	_ = cmd.Flags().MarkHidden("state-dir") // it says nothing here, and scripts may give it
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only tell what would be removed")
	out.Flag(cmd.Flags(), "one JSON document: a list of what was removed")
	return cmd
}
