package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/open"
)

func newSweepCommand(s ui.Streams) *cobra.Command {
	out := ui.Output{Streams: s}
	var flags worldFlags
	var options world.SweepOptions
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "Remove what killed drills left",
		Long: `Removes what drills that were killed left behind: only what carries both our name and
our marker, and belongs to no running drill. Their runs get evidence, too.
With --world aws the deployed sweeper looks now, and not only every half hour: it asks
for the removal of copies whose execution is over and which are older than an hour.`,
		Args: exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			place, err := flags.choose(cmd)
			if err != nil {
				return err
			}
			if place.name == open.Local {
				if err := stateFolder(cmd); err != nil {
					return err
				}
			}
			w, err := place.open(cmd)
			if err != nil {
				return err
			}
			found, err := w.Sweep(cmd.Context(), options)
			if err != nil {
				err = &exitError{code: exitFailureDirty, err: fmt.Errorf("not everything could be swept: %w", err), hint: cmp.Or(drill.HintOf(err), "mend what the messages name, and sweep again")}
			}
			if found == nil && err != nil {
				return err
			}
			if found == nil {
				found = []world.Swept{}
			}
			printErr := out.Result(found, func(w io.Writer, _ ui.Paint) error {
				ui.Swept(w, found)
				return nil
			})
			switch {
			case printErr != nil:
				return printErr
			case err == nil && slices.ContainsFunc(found, func(i world.Swept) bool { return i.Action == world.NotRemoved }):
				return &exitError{code: exitFailureDirty, err: fmt.Errorf("not everything could be swept"), hint: "mend what the messages name, and sweep again"}
			}
			return err
		},
	}
	flags.register(cmd.Flags())
	cmd.Flags().BoolVar(&options.DryRun, "dry-run", false, "only tell what would be removed")
	cmd.Flags().BoolVar(&options.Kept, "kept", false, "also remove copies that were kept on request; on this machine")
	out.Flag(cmd.Flags(), "one JSON document: a list of what was found")
	return cmd
}
