package ui

import (
	"cmp"
	"fmt"
	"io"
	"strconv"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

// Summary is the result for people.
func Summary(w io.Writer, d drillevidence.Document, s drillevidence.Summary, p Paint) {
	drillevidence.Printable(&s) // whoever wrote the document
	fmt.Fprintf(w, "\n%s  %s/%s\n\n", p.Bold(p.Verdict(s.Ending == string(drill.Passed), s.Ending)), s.Workload, s.Database)
	if s.RecoveryPoint != nil {
		fmt.Fprintf(w, "  recovery point  %s\n", s.RecoveryPoint.ID)
		if s.RecoveryPoint.TakenAt != nil {
			fmt.Fprintf(w, "                  taken %s, by its %s\n", s.RecoveryPoint.TakenAt.Format("2006-01-02 15:04:05 MST"), s.RecoveryPoint.TimeSource)
		}
	}
	printObjective(w, p, "RPO", s.Objectives.RPO)
	printObjective(w, p, "RTO", s.Objectives.RTO)
	printDeclared(w, d.Objectives.Declared)
	if len(s.Timeline) > 0 {
		fmt.Fprintln(w, "\n  timeline")
		for _, phase := range s.Timeline {
			fmt.Fprintf(w, "    %-14s%9s\n", phase.Phase, Seconds(&phase.Seconds))
		}
	}
	if len(s.Checks) > 0 {
		fmt.Fprintln(w, "\n  checks")
		for _, c := range s.Checks {
			mark := p.Verdict(c.Passed, map[bool]string{true: "passed", false: "FAILED"}[c.Passed])
			fmt.Fprintf(w, "    %s  %-32s%9s  %s\n", mark, c.Name, Seconds(&c.Seconds), checkFigure(c))
		}
	}
	printFindings(w, p, s.Findings)
	fmt.Fprintf(w, "\n  evidence        %s\n", s.Evidence)
	if s.Report != "" { // a deployment draws none: lifeboat evidence report does
		fmt.Fprintf(w, "  report          %s\n", s.Report)
	}
}

// measured is to the millisecond where it would read as its limit and is not: 47m30s
// that misses 47m30s says nothing.
func measured(o drillevidence.SummaryObjective) string {
	text, limit := Seconds(o.ActualSeconds), cmp.Or(o.BudgetSeconds, o.TargetSeconds)
	if o.ActualSeconds == nil || limit == nil || *limit == *o.ActualSeconds || Seconds(limit) != text {
		return text
	}
	return fmt.Sprintf("%.3fs, of %ss", *o.ActualSeconds, strconv.FormatFloat(*limit, 'f', -1, 64))
}

func printObjective(w io.Writer, p Paint, name string, o drillevidence.SummaryObjective) {
	fmt.Fprintf(w, "  %-16s%s", name, p.Verdict(o.Met, measured(o)))
	switch {
	case o.TargetSeconds == nil:
	case o.BudgetSeconds != nil && *o.BudgetSeconds != *o.TargetSeconds:
		fmt.Fprintf(w, " measured  budget %s of the target %s", Seconds(o.BudgetSeconds), Seconds(o.TargetSeconds))
	default:
		fmt.Fprintf(w, "  target %s", Seconds(o.TargetSeconds))
	}
	fmt.Fprintln(w)
}

// printDeclared names what of the RTO is not measured; together with what is,
// it is never one figure.
func printDeclared(w io.Writer, a drillevidence.Allowances) {
	if a.TotalSeconds == 0 {
		return
	}
	fmt.Fprintf(w, "                  declared, not measured: detection %s, decision %s, DNS %s\n",
		Seconds(&a.DetectionSeconds), Seconds(&a.DecisionSeconds), Seconds(&a.DNSSeconds))
}

func checkFigure(c drillevidence.SummaryCheck) string {
	switch {
	case c.Figure == nil && c.Expected == "":
		return ""
	case c.Figure == nil:
		return "expected " + c.Expected
	case c.Expected == "":
		return fmt.Sprint(c.Figure)
	}
	return fmt.Sprintf("%v, expected %s", c.Figure, c.Expected)
}

func printFindings(w io.Writer, p Paint, findings []drillevidence.Finding) {
	if len(findings) == 0 {
		return
	}
	fmt.Fprintln(w, "\n  findings")
	for _, f := range findings {
		word := f.Severity
		switch f.Severity {
		case string(drill.Warning):
			word = p.Warn(word)
		case string(drill.Missed), string(drill.Failed), string(drill.Dirty):
			word = p.Bad(word)
		}
		fmt.Fprintf(w, "    %s  %s: %s\n", word, f.Code, f.What)
		if f.Hint != "" {
			fmt.Fprintf(w, "          hint: %s\n", f.Hint)
		}
	}
}
