package ui

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Budget is what a loss would cost at worst: two tables. Each figure says whether
// it was measured, declared or assumed.
func Budget(w io.Writer, p plan.Plan, report budget.Report) error {
	if len(report.Rows) == 0 {
		return nil
	}
	for _, note := range Notes(p, report) {
		fmt.Fprintf(w, "\n%s\n", note)
	}
	if err := losses(w, p, report); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nTime that a recovery would take")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WORKLOAD\tTOPOLOGY\tRTO\tPROJECTED\tOF WHICH\tAND BACK")
	rto := map[string]plan.Workload{}
	for _, workload := range p.Workloads {
		rto[workload.Name] = workload
	}
	for _, workload := range report.Workloads {
		of := rto[workload.Name]
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", workload.Name, of.Topology, of.Objectives.RTO, figure(workload.Recovery.Total),
			parts(workload.Recovery.Parts), parts(workload.Recovery.CutBack))
	}
	return table.Flush()
}

// losses are those of the databases on AWS. Of the others somebody else makes the
// backups, and drills tell how old they are.
func losses(w io.Writer, p plan.Plan, report budget.Report) error {
	if !p.Any(plan.DrilledOnAWS) {
		return nil
	}
	fmt.Fprintln(w, "\nData that a loss would cost at worst")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DATABASE\tSCENARIO\tRPO\tLOSS\tFROM")
	for _, row := range report.Rows {
		if !plan.KindOf(row.Kind).OnAWS {
			continue
		}
		for _, loss := range row.Losses {
			target := "-" // for information
			if loss.Judged {
				target = plan.Duration(row.RPO).String()
			}
			fmt.Fprintf(table, "%s/%s\t%s\t%s\t%s\t%s\n", row.Workload, row.Database, loss.Scenario, target, lossOf(loss), orDash(loss.By))
		}
	}
	return table.Flush()
}

func lossOf(l budget.Loss) string {
	if l.Unbounded {
		return "everything"
	}
	return figure(l.Worst)
}

// figure is a length of time and whose word it is.
func figure(f budget.Figure) string {
	if !f.Known() {
		return "unknown"
	}
	text := plan.Duration(f.Value.Round(time.Second)).String()
	if f.Basis != "" {
		text += " " + string(f.Basis)
	}
	return text
}

// parts of a recovery; where a figure was measured, by how many drills.
func parts(list []budget.Figure) string {
	var texts []string
	for _, f := range list {
		text := f.Name + " " + figure(f)
		if f.Known() && f.From != "" && f.Basis == budget.Measured {
			text += " (" + f.From + ")"
		}
		texts = append(texts, text)
	}
	return orDash(strings.Join(texts, ", "))
}

// Notes are what the policy does not say by itself.
func Notes(p plan.Plan, report budget.Report) (notes []string) {
	if p.Backup == nil {
		return nil
	}
	switch p.Backup.Immutability {
	case plan.ImmutabilityGovernance:
		notes = append(notes, "Immutability is governance: it stops mistakes, and no administrator. Whoever may call backup:DeleteBackupVaultLockConfiguration removes the lock.")
	case plan.ImmutabilityCompliance:
		notes = append(notes, fmt.Sprintf("Immutability is compliance: once its grace period of %s has ended nobody can remove the lock, not AWS either, and every recovery point is paid for until it expires.",
			p.Backup.Lock.Grace.Words()))
	case plan.ImmutabilityNone:
		notes = append(notes, "Immutability is none: whoever may delete recovery points can delete all of them.")
	}
	if p.Backup.Managed() && derived(report) {
		notes = append(notes, "Rules that the plan does not declare follow from the RPO.")
	}
	return notes
}

func derived(report budget.Report) bool {
	for _, row := range report.Rows {
		if row.Policy.Derived {
			return true
		}
	}
	return false
}

// Witnesses are, of each database whose RPO cannot be met, the events that end in
// the worst moment.
func Witnesses(w io.Writer, report budget.Report) {
	for _, row := range report.Rows {
		for _, loss := range row.Losses {
			if !loss.Judged || len(loss.Witness) == 0 || !loss.Unbounded && loss.Worst.Value <= row.RPO {
				continue
			}
			lost := "everything is"
			if !loss.Unbounded {
				lost = plan.Duration(loss.Worst.Value).String() + " of data are"
			}
			fmt.Fprintf(w, "%s/%s, %s: how %s lost\n", row.Workload, row.Database, loss.Scenario, lost)
			table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			for _, event := range loss.Witness {
				what := string(event.Kind)
				if event.Rule != "" {
					what += " " + event.Rule
				}
				point := ""
				if event.Point > 0 {
					point = fmt.Sprintf("recovery point %d", event.Point)
				}
				fmt.Fprintf(table, "  %s\t%s\t%s\n", event.At.UTC().Format("Mon 2006-01-02 15:04:05"), what, point)
			}
			_ = table.Flush() // to a terminal: there is nobody left to tell
			fmt.Fprintln(w)
		}
	}
}
