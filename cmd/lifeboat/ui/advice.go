package ui

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/lifeboat-dr/lifeboat/pkg/advise"
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Advice is a table of the topologies for each workload, and under it why, what is
// missing and what the figures are made of.
func Advice(w io.Writer, p Paint, tables []advise.Table) error {
	for i, t := range tables {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s: RTO %s, RPO %s\n\n", p.Bold(t.Workload), t.RTO, t.RPO)
		if err := topologies(w, p, t); err != nil {
			return err
		}
		for _, row := range t.Rows {
			reasons(w, p, row)
		}
		list(w, "assumed, where the plan does not say", t.Assumed)
		list(w, "no figure has in it", t.LeavesOut)
		fmt.Fprintf(w, "\nprices, on demand, in US dollars:\n")
		for _, source := range t.Prices {
			fmt.Fprintf(w, "  of %s: %s\n", source.Date, source.URL)
		}
		if len(t.Prices) == 0 {
			fmt.Fprintln(w, "  none is known that was needed")
		}
	}
	return nil
}

func topologies(w io.Writer, p Paint, t advise.Table) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TOPOLOGY\tMEETS\tRECOVERY\tLOSS\tUSD A MONTH\tMISSING")
	for _, row := range t.Rows {
		name := row.Topology
		if name == t.Topology {
			name += " (the plan's)"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\n", name, row.Meets, length(row.Recovery), length(row.Loss), monthly(row.Monthly), len(row.Missing))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	switch t.First {
	case "":
		fmt.Fprintf(w, "\n%s\n", p.Bad("none is known to meet the targets"))
	default:
		fmt.Fprintf(w, "\nthe first that meets the targets, from the cheapest on: %s\n", p.Good(t.First))
	}
	return nil
}

func length(f budget.Figure) string {
	if !f.Known() {
		return "unknown"
	}
	return plan.Duration(f.Value).String()
}

// monthly is the sum, or what of it is known and that more is not.
func monthly(c advise.Cost) string {
	switch {
	case c.Total != nil:
		return fmt.Sprintf("%.2f", *c.Total)
	case c.AtLeast == 0:
		return "unknown"
	}
	return fmt.Sprintf("%.2f and more", c.AtLeast)
}

func reasons(w io.Writer, p Paint, row advise.Row) {
	fmt.Fprintf(w, "\n%s: %s\n", p.Bold(row.Topology), row.Says)
	list(w, "  why "+string(row.Meets), row.Why)
	list(w, "  to change in the plan", row.Missing)
	fmt.Fprintf(w, "  a month: %s\n", monthly(row.Monthly))
	for _, item := range row.Monthly.Items {
		usd := "unknown"
		if item.USD != nil {
			usd = fmt.Sprintf("%.2f", *item.USD)
		}
		fmt.Fprintf(w, "    %10s  %s (%s)\n", usd, Shown(item.What), Shown(item.How))
	}
}

func list(w io.Writer, title string, texts []string) {
	if len(texts) == 0 {
		return
	}
	indent := strings.Repeat(" ", len(title)-len(strings.TrimLeft(title, " "))+2)
	if indent == "  " {
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%s:\n", title)
	for _, text := range texts {
		fmt.Fprintf(w, "%s%s\n", indent, Shown(text))
	}
}
