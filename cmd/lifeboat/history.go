package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/local"
)

func newHistoryCommand(s streams) *cobra.Command {
	var stateDir string
	var asJSON bool
	var limit int
	cmd := &cobra.Command{
		Use:   "history [WORKLOAD[/DATABASE]]",
		Short: "List past drills, newest first",
		Args:  maxArgs(1),
		Long:  "List past drills, newest first. A drill that began and never ended, because its process was killed, is listed as a\nfailure until a sweep has recorded its evidence.",
		RunE: func(cmd *cobra.Command, args []string) error {
			store := local.StoreIn(stateDir)
			documents, problems, err := store.List()
			if err != nil {
				return fmt.Errorf("read the history: %w", err)
			}
			for _, p := range problems {
				fmt.Fprintf(s.err, "lifeboat: not readable as evidence: %v\n", p)
			}
			warnOfChain(cmd.Context(), s, store)
			unended, err := local.Unended(cmd.Context(), stateDir, documents)
			if err != nil {
				return fmt.Errorf("read the history: %w", err)
			}
			paths := map[string]bool{}
			for _, d := range documents {
				paths[d.ID] = true
			}
			documents = append(documents, unended...)
			local.Newest(documents)
			summaries := []drillevidence.Summary{}
			rows := []drillevidence.Document{}
			for _, d := range documents {
				if len(args) == 1 && args[0] != d.Workload && args[0] != d.Name() {
					continue
				}
				if limit > 0 && len(rows) == limit {
					break
				}
				drillevidence.Printable(&d)
				rows = append(rows, d)
				summary := drillevidence.Summarize(d, "", "")
				if paths[d.ID] {
					summary.Evidence, summary.Report = store.Path(d.ID), store.ReportPath(d.ID)
				}
				summaries = append(summaries, summary)
			}
			if asJSON {
				return printJSON(s.out, summaries)
			}
			return printHistory(s, rows)
		},
	}
	cmd.Flags().StringVar(&stateDir, "state-dir", ".lifeboat", "folder of evidence, run records and throwaway servers")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document: a list of results")
	cmd.Flags().IntVar(&limit, "limit", 20, "how many, newest first; 0 for all")
	return cmd
}

func printHistory(s streams, documents []drillevidence.Document) error {
	if len(documents) == 0 {
		fmt.Fprintln(s.err, "No drill has been recorded here yet.")
		return nil
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "STARTED\tDATABASE\tENDING\tRPO\tRTO\tRUN")
	for _, d := range documents {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", d.Start.At.Format(time.DateTime), d.Name(), endingText(d),
			secondsText(d.Objectives.RPO.ActualSeconds), secondsText(d.Objectives.RTO.ActualSeconds), d.ID)
	}
	return table.Flush()
}

// endingText tells a drill that never ended from one that ended dirty.
func endingText(d drillevidence.Document) string {
	for _, f := range d.Findings {
		if f.Code == local.NeverEnded {
			return d.Ending + " (never ended)"
		}
	}
	return d.Ending
}
