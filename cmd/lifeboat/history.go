package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

func newHistoryCommand(s ui.Streams) *cobra.Command {
	out := ui.Output{Streams: s}
	var flags worldFlags
	var query world.Query
	cmd := &cobra.Command{
		Use:   "history [WORKLOAD[/DATABASE]]",
		Short: "List past drills, newest first",
		Args:  maxArgs(1),
		Long: `List past drills, newest first. A drill that began and never ended, because its process was killed, is listed as a
failure until a sweep has recorded its evidence. With --world aws they are those of the deployment, read from its bucket.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			past, err := flags.past(cmd)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				query.Name = args[0]
			}
			h, err := past.History(cmd.Context(), query)
			warnOfHistory(s.Err, h)
			if err != nil {
				return err
			}
			if len(h.Drills) == 0 && query.Name != "" {
				fmt.Fprintf(s.Err, "No drill of %s is recorded here.\n", ui.Shown(query.Name))
				return out.Result([]drillevidence.Summary{}, func(io.Writer, ui.Paint) error { return nil })
			}
			return printHistory(out, h.Drills)
		},
	}
	flags.register(cmd.Flags())
	out.Flag(cmd.Flags(), "one JSON document: a list of results")
	cmd.Flags().IntVar(&query.Limit, "limit", 20, "how many, newest first; 0 for all")
	return cmd
}

func printHistory(out ui.Output, drills []world.PastDrill) error {
	summaries := []drillevidence.Summary{}
	documents := []drillevidence.Document{}
	for _, d := range drills {
		drillevidence.Printable(&d.Document) // whoever wrote it
		documents = append(documents, d.Document)
		summaries = append(summaries, drillevidence.Summarize(d.Document, d.Evidence, d.Report))
	}
	if len(drills) == 0 && !out.JSON() {
		fmt.Fprintln(out.Err, "No drill has been recorded here yet.")
		return nil
	}
	return out.Result(summaries, func(w io.Writer, _ ui.Paint) error { return ui.History(w, documents) })
}

// warnOfHistory tells on stderr what of the history is not as it was recorded.
func warnOfHistory(stderr io.Writer, h world.History) {
	for _, problem := range h.Unreadable {
		fmt.Fprintf(stderr, "lifeboat: not readable as evidence: %s\n", ui.Shown(problem.Error()))
	}
	warnOfChain(stderr, h.Chain, h.Unverified)
}
