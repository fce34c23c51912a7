package ui

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// ListedEvidence is one row of `lifeboat evidence list --json`.
type ListedEvidence struct {
	ID         string    `json:"id"`
	RunID      string    `json:"runId"`
	RecordedAt time.Time `json:"recordedAt"`
	Deployment string    `json:"deployment"`
	Database   string    `json:"database"` // workload/database
	Ending     string    `json:"ending"`
	SHA256     string    `json:"sha256"`
	Location   string    `json:"location"`
}

// EvidenceList is a table of documents.
func EvidenceList(w io.Writer, rows []ListedEvidence) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RECORDED\tDATABASE\tENDING\tDOCUMENT")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.RecordedAt.UTC().Format(time.DateTime), r.Database, r.Ending, r.ID)
	}
	return table.Flush()
}

// shownProblems is how many are printed for people; --json has all.
const shownProblems = 50

// Verification is what verifying evidence found.
func Verification(w io.Writer, p Paint, r record.Report) {
	for _, note := range r.Notes {
		fmt.Fprintln(w, note)
	}
	for _, c := range r.Chains {
		tail := p.Verdict(c.Tail == record.Proven, string(c.Tail))
		if c.Tail == record.Unproven {
			tail = p.Warn(string(c.Tail))
		}
		fmt.Fprintf(w, "%s: documents %d, tail %s\n", c.Chain, c.Documents, tail)
		for _, note := range c.Notes {
			fmt.Fprintf(w, "  %s\n", note)
		}
	}
	for _, problem := range r.Problems[:min(len(r.Problems), shownProblems)] {
		fmt.Fprintf(w, "%s  %s: %s\n", p.Bad(string(problem.Kind)), problem.ID, problem.What)
	}
	if more := len(r.Problems) - shownProblems; more > 0 {
		fmt.Fprintf(w, "and %d more\n", more)
	}
	if !r.Holds() || r.Documents == 0 {
		return
	}
	sentence := "Nothing was changed, removed or added."
	if r.Tail == record.Unproven {
		sentence = "Nothing was found to be wrong; that nothing is missing at the end cannot be proven."
	}
	fmt.Fprintln(w, sentence)
}
