package ui

import (
	"cmp"
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
	Database   string    `json:"database"`           // workload/database
	Recovery   string    `json:"recovery,omitempty"` // "exercise of orders"; a document of a drill has none
	Ending     string    `json:"ending"`
	SHA256     string    `json:"sha256"`
	Location   string    `json:"location"`
}

// EvidenceList is a table of documents.
func EvidenceList(w io.Writer, rows []ListedEvidence) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RECORDED\tDATABASE\tENDING\tDOCUMENT")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.RecordedAt.UTC().Format(time.DateTime), cmp.Or(r.Recovery, r.Database), r.Ending, r.ID)
	}
	return table.Flush()
}

// shownProblems is how many are printed for people; --json has all.
const shownProblems = 50

// Verification is what verifying evidence found, what is wrong first.
func Verification(w io.Writer, p Paint, r record.Report) {
	for _, note := range r.Notes {
		fmt.Fprintln(w, note)
	}
	for _, problem := range r.Problems[:min(len(r.Problems), shownProblems)] {
		fmt.Fprintf(w, "%s  %s: %s\n", p.Bad(string(problem.Kind)), problem.ID, problem.What)
	}
	if more := len(r.Problems) - shownProblems; more > 0 {
		fmt.Fprintf(w, "and %d more\n", more)
	}
	for _, c := range r.Chains {
		fmt.Fprintf(w, "%s: %sdocuments %d, tail %s\n", c.Chain, problemsOf(p, r, c.Chain), c.Documents, tail(p, r, c))
		for _, note := range c.Notes {
			fmt.Fprintf(w, "  %s\n", note)
		}
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

// problemsOf a chain come before all that is well with it.
func problemsOf(p Paint, r record.Report, chain string) string {
	n := countProblems(r, chain)
	if n == 0 {
		return ""
	}
	return p.Bad(fmt.Sprintf("problems %d", n)) + ", "
}

func countProblems(r record.Report, chain string) int {
	n := 0
	for _, problem := range r.Problems {
		if problem.Chain == chain {
			n++
		}
	}
	return n
}

// tail of a chain. That its end is there is good only where the rest is, too.
func tail(p Paint, r record.Report, c record.ChainReport) string {
	switch {
	case c.Tail == record.Broken:
		return p.Bad(string(c.Tail))
	case c.Tail == record.Unproven:
		return p.Warn(string(c.Tail))
	case countProblems(r, c.Chain) > 0:
		return string(c.Tail)
	}
	return p.Good(string(c.Tail))
}
