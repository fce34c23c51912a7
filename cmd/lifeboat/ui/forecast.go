package ui

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
)

// Forecast is the graph of a recovery, its critical path, and what it is projected to
// take.
func Forecast(w io.Writer, p Paint, f slice.Forecast) error {
	where := "on this machine"
	if f.Where == "aws" {
		where = "on AWS"
	}
	fmt.Fprintf(w, "recovery of %s %s, plan %.12s: %s\n\n", p.Bold(f.Deployment), where, f.PlanHash, count(len(f.Steps), "step"))
	for line := range strings.Lines(f.Graph.Text()) {
		if strings.Contains(line, " * ") {
			line = p.Bold(strings.TrimSuffix(line, "\n")) + "\n"
		}
		fmt.Fprint(w, line)
	}
	takes := Seconds(&f.Critical.Seconds)
	if f.CriticalAtLeast {
		takes = "at least " + takes
	}
	fmt.Fprintf(w, "\ncritical path (*): %s, %s\n\n", takes, strings.Join(f.Critical.Steps, " -> "))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WORKLOAD\tRTO\tPROJECTED\tOF WHICH\tLEAVES")
	for _, of := range f.Workloads {
		projected := Seconds(&of.ProjectedSeconds)
		if of.AtLeast {
			projected = "at least " + projected
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", of.Name, declared(of.RTOSeconds), projected, ofWhich(of), leaves(of))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(f.Notes) > 0 {
		fmt.Fprintln(w)
	}
	for _, note := range f.Notes {
		fmt.Fprintf(w, "%s %s\n", p.Warn("note:"), Shown(note))
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func declared(seconds float64) string {
	if seconds == 0 {
		return "-"
	}
	return Seconds(&seconds)
}

// ofWhich keeps apart what is declared from what is expected of the steps.
func ofWhich(of slice.ForecastOfWorkload) string {
	steps := "steps " + Seconds(&of.PathSeconds)
	if of.AtLeast {
		steps = "steps at least " + Seconds(&of.PathSeconds)
	}
	parts := []string{}
	for _, allowance := range allowances(of.Workload) {
		if allowance.seconds > 0 {
			parts = append(parts, allowance.name+" "+Seconds(&allowance.seconds)+" declared")
		}
	}
	return strings.Join(append(parts, steps), ", ")
}

type allowance struct {
	name    string
	seconds float64
}

func allowances(w recovery.Workload) []allowance {
	return []allowance{{"detection", w.DetectionSeconds}, {"decision", w.AllowedSeconds}, {"dns", w.DNSSeconds}}
}

func leaves(of slice.ForecastOfWorkload) string {
	if of.RTOSeconds == 0 {
		return "-"
	}
	left := of.RTOSeconds - of.ProjectedSeconds
	if left < 0 {
		left = -left
		return "too long by " + Seconds(&left)
	}
	if of.AtLeast {
		return "at most " + Seconds(&left)
	}
	return Seconds(&left)
}
