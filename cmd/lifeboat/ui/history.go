package ui

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// History is a table of drills.
func History(w io.Writer, documents []drillevidence.Document) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "STARTED\tDATABASE\tENDING\tRPO\tRTO\tRUN")
	for _, d := range documents {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", d.Start.At.Format(time.DateTime), d.Name(), endingOf(d),
			Seconds(d.Objectives.RPO.ActualSeconds), Seconds(d.Objectives.RTO.ActualSeconds), d.ID)
	}
	return table.Flush()
}

// endingOf tells a drill that never ended from one that ended dirty.
func endingOf(d drillevidence.Document) string {
	for _, f := range d.Findings {
		if f.Code == world.NeverEnded {
			return d.Ending + " (never ended)"
		}
	}
	return d.Ending
}
