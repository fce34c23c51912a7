package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

func newPlanCommand(s ui.Streams) *cobra.Command {
	var flags planFlags
	out := ui.Output{Streams: s}
	var migrate, write bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Check the plan and print it as a table",
		Args:  exactArgs(0),
		RunE: func(*cobra.Command, []string) error {
			switch {
			case migrate:
				return flags.migrate(out, write)
			case write:
				return usageError("for instance lifeboat plan --migrate --write", "--write without --migrate: there is nothing to write")
			}
			loaded, err := flags.load()
			if err != nil {
				return err
			}
			document := struct {
				Hash     string    `json:"hash"`
				Plan     plan.Plan `json:"plan"`
				Warnings []string  `json:"warnings"`
			}{loaded.Hash, loaded.Plan, warningsOf(loaded)}
			return out.Result(document, func(w io.Writer, _ ui.Paint) error {
				for _, warning := range document.Warnings {
					fmt.Fprintf(s.Err, "lifeboat: warning: %s\n", warning)
				}
				return ui.Plan(w, loaded)
			})
		},
	}
	flags.registerFile(cmd.Flags())
	out.Flag(cmd.Flags(), "one JSON document: the normalised plan and its hash; with --migrate the file in today's form")
	cmd.Flags().BoolVar(&migrate, "migrate", false, "print the plan file in today's form, with its comments and the same hash")
	cmd.Flags().BoolVar(&write, "write", false, "with --migrate: replace the file")
	return cmd
}

func warningsOf(loaded *planfile.Loaded) []string {
	texts := make([]string, len(loaded.Warnings))
	for i, w := range loaded.Warnings {
		texts[i] = w.String()
	}
	return texts
}
