package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/local"
)

func newSweepCommand(s streams) *cobra.Command {
	var flags planFlags
	var options local.SweepOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "Remove what killed drills left",
		Long: `Removes what drills that were killed left behind: only what carries both our name and
our marker, and belongs to no running drill. Their runs get evidence, too.`,
		Args: exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, world, err := flags.open(local.Options{Waits: tellWait(s)})
			if err != nil {
				return err
			}
			found, err := world.Sweep(cmd.Context(), options)
			if err != nil {
				err = &exitError{code: exitFailureDirty, err: fmt.Errorf("not everything could be swept: %w", err), hint: cmp.Or(drill.HintOf(err), "mend what the messages name, and sweep again")}
			}
			if found == nil && err != nil {
				return err
			}
			if found == nil {
				found = []local.Swept{}
			}
			if asJSON {
				if err := printJSON(s.out, found); err != nil {
					return err
				}
			} else {
				for _, item := range found {
					fmt.Fprintf(s.out, "%-12s  %s %s: %s\n", item.Action, item.Kind, item.ID, item.Reason)
				}
				if len(found) == 0 {
					fmt.Fprintln(s.out, "Nothing to sweep.")
				}
			}
			if err != nil {
				return err
			}
			if slices.ContainsFunc(found, func(i local.Swept) bool { return i.Action == "failed" }) {
				return &exitError{code: exitFailureDirty, err: fmt.Errorf("not everything could be swept"), hint: "mend what the messages name, and sweep again"}
			}
			return nil
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&options.DryRun, "dry-run", false, "only tell what would be removed")
	cmd.Flags().BoolVar(&options.Kept, "kept", false, "also remove copies that were kept on request")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document: a list of what was found")
	return cmd
}
