package main

import (
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

// listedEvidence is one row of `lifeboat evidence list --json`.
type listedEvidence struct {
	ID         string    `json:"id"`
	RunID      string    `json:"runId"`
	RecordedAt time.Time `json:"recordedAt"`
	Deployment string    `json:"deployment"`
	Database   string    `json:"database"` // workload/database
	Ending     string    `json:"ending"`
	SHA256     string    `json:"sha256"`
	Location   string    `json:"location"`
}

func newEvidenceListCommand(s streams, flags *archiveFlags) *cobra.Command {
	var asJSON bool
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the documents, newest first",
		Args:  exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := flags.open(cmd.Context())
			if err != nil {
				return err
			}
			ids, err := a.IDs(cmd.Context())
			if err != nil {
				return err
			}
			rows := []listedEvidence{}
			for _, id := range ids {
				text, err := a.Text(cmd.Context(), id)
				var d drillevidence.Document
				if err == nil {
					d, err = drillevidence.Decode(text)
				}
				if err != nil {
					fmt.Fprintf(s.err, "lifeboat: not readable as evidence: %s\n", shown(a.Location(id)+": "+err.Error()))
					continue
				}
				rows = append(rows, listedEvidence{
					ID: id, RunID: d.RunID, RecordedAt: d.RecordedAt, Deployment: d.Deployment, Database: d.Name(),
					Ending: d.Ending, SHA256: drillevidence.SHA256(text), Location: a.Location(id),
				})
			}
			slices.SortStableFunc(rows, func(a, b listedEvidence) int { return b.RecordedAt.Compare(a.RecordedAt) })
			if limit > 0 {
				rows = rows[:min(limit, len(rows))]
			}
			drillevidence.Printable(&rows)
			if asJSON {
				return printJSON(s.out, rows)
			}
			return printEvidenceList(s, rows)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document: a list")
	cmd.Flags().IntVar(&limit, "limit", 0, "how many, newest first; 0 for all")
	return cmd
}

func printEvidenceList(s streams, rows []listedEvidence) error {
	if len(rows) == 0 {
		fmt.Fprintln(s.err, "There is no evidence here.")
		return nil
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RECORDED\tDATABASE\tENDING\tDOCUMENT")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.RecordedAt.UTC().Format(time.DateTime), r.Database, r.Ending, r.ID)
	}
	return table.Flush()
}
