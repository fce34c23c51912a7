package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

func newPruneCommand(s streams) *cobra.Command {
	var flags planFlags
	var dryRun, asJSON bool
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
			world, _, err := openAWS(cmd.Context(), loaded.Plan)
			if err != nil {
				return err
			}
			removed, err := world.Prune(cmd.Context(), dryRun)
			if removed == nil && err != nil {
				return err
			}
			if removed == nil {
				removed = []deployed.Version{}
			}
			if asJSON {
				if err := printJSON(s.out, removed); err != nil {
					return err
				}
			} else {
				printPruned(s, removed, dryRun)
			}
			return err
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only tell what would be removed")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document: a list of what was removed")
	return cmd
}

func printPruned(s streams, removed []deployed.Version, dryRun bool) {
	verb := "Removed"
	if dryRun {
		verb = "Would remove"
	}
	for _, v := range removed {
		fmt.Fprintf(s.out, "%s version %d of %s\n", verb, v.Number, v.Function)
	}
	if len(removed) == 0 {
		fmt.Fprintln(s.out, "No old versions to remove.")
	}
}
