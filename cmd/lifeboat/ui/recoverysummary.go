package ui

import (
	"fmt"
	"io"
	"strings"

	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// RecoverySummary is the result of a recovery for people.
func RecoverySummary(w io.Writer, d recoveryevidence.Document, evidence, report string, p Paint) {
	var names []string
	for _, of := range d.Workloads {
		names = append(names, of.Name)
	}
	fmt.Fprintf(w, "\n%s  %s of %s\n", p.Bold(p.Verdict(d.Ending == recovery.Passed, d.Ending)), Shown(d.Mode), Shown(strings.Join(names, ", ")))
	if d.Cause != "" && d.Ending != recovery.Passed {
		fmt.Fprintf(w, "  %s\n", Shown(d.Cause))
	}
	for _, of := range d.Workloads {
		fmt.Fprintf(w, "\n  %s\n", Shown(of.Name))
		printRecoveryObjective(w, p, "RTO", of.RTO)
		printRecoveryObjective(w, p, "RPO", of.RPO)
		if of.Declared.TotalSeconds > 0 {
			fmt.Fprintf(w, "    projected     %s with what is declared, not measured: detection %s, decision %s, DNS %s\n", Seconds(of.ProjectedSeconds),
				Seconds(&of.Declared.DetectionSeconds), Seconds(&of.Declared.DecisionSeconds), Seconds(&of.Declared.DNSSeconds))
		}
	}
	printRecoverySteps(w, p, d)
	printRecoveryCounts(w, p, d)
	printRecoveryFindings(w, p, d.Findings)
	printRecoveryResources(w, p, d.Resources)
	fmt.Fprintln(w)
	if evidence != "" {
		fmt.Fprintf(w, "  evidence        %s\n", evidence)
	}
	if report != "" {
		fmt.Fprintf(w, "  report          %s\n", report)
	}
}

func printRecoveryObjective(w io.Writer, p Paint, name string, o recoveryevidence.Objective) {
	if o.ActualSeconds == nil && o.TargetSeconds == nil {
		return
	}
	fmt.Fprintf(w, "    %-14s%s", name, p.Verdict(o.Met, Seconds(o.ActualSeconds)))
	switch {
	case o.TargetSeconds == nil:
	case o.BudgetSeconds != nil && *o.BudgetSeconds != *o.TargetSeconds:
		fmt.Fprintf(w, " measured  budget %s of the target %s", Seconds(o.BudgetSeconds), Seconds(o.TargetSeconds))
	default:
		fmt.Fprintf(w, "  target %s", Seconds(o.TargetSeconds))
	}
	fmt.Fprintln(w)
}

// barWidth is that of the time line of steps, in columns.
const barWidth = 24

// printRecoverySteps is a line for each step, with a bar for when it was worked on.
func printRecoverySteps(w io.Writer, p Paint, d recoveryevidence.Document) {
	width, whole := 0, 0.0
	for _, s := range d.Steps {
		width = max(width, len(s.ID))
		if s.EndedAt != nil {
			whole = max(whole, s.EndedAt.Sub(d.Timeline.StartedAt).Seconds())
		}
	}
	fmt.Fprintf(w, "\n  steps%s*: on the critical path\n", strings.Repeat(" ", max(width+32, 8)))
	for _, s := range d.Steps {
		mark := " "
		if s.Critical {
			mark = p.Bold("*")
		}
		note := ""
		if s.LossSeconds != nil {
			note = "  loses " + Seconds(s.LossSeconds)
		}
		if len(s.Attempts) > 0 {
			note += fmt.Sprintf("  attempt %d", len(s.Attempts)+1)
		}
		if s.Unproven != "" {
			note += "  " + p.Warn("not proved in full")
		}
		fmt.Fprintf(w, "    %s %s  %-*s%9s  |%s|%s\n", mark, stateWord(recovery.State(s.State), p), width, Shown(s.ID), Seconds(s.Seconds), bar(d, s, whole), note)
	}
}

// bar shows when a step was worked on, in the time of all.
func bar(d recoveryevidence.Document, s recoveryevidence.Step, whole float64) string {
	if s.StartedAt == nil || s.EndedAt == nil || whole <= 0 {
		return strings.Repeat(" ", barWidth)
	}
	column := func(seconds float64) int { return min(max(int(seconds/whole*barWidth+0.5), 0), barWidth) }
	from := min(column(s.StartedAt.Sub(d.Timeline.StartedAt).Seconds()), barWidth-1)
	to := max(column(s.EndedAt.Sub(d.Timeline.StartedAt).Seconds()), from+1)
	return strings.Repeat(" ", from) + strings.Repeat("=", to-from) + strings.Repeat(" ", barWidth-to)
}

// printRecoveryCounts says what is not simply done: nothing of it is silent.
func printRecoveryCounts(w io.Writer, p Paint, d recoveryevidence.Document) {
	parts := []string{fmt.Sprintf("%d of %d steps succeeded", d.Counts.Succeeded, d.Counts.Steps)}
	for _, c := range []struct {
		n    int
		what string
	}{
		{d.Counts.Failed, "failed"}, {d.Counts.Omitted, "omitted"}, {d.Counts.Skipped, "skipped"}, {d.Counts.Unended, "not ended"},
		{d.Counts.Retried, "tried more than once"}, {d.Counts.Unproven, "not proved in full"}, {d.Counts.Deviating, "done in another way than planned"},
	} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	fmt.Fprintf(w, "\n  %s\n", strings.Join(parts, ", "))
	if d.Mode == string(recovery.Exercise) && d.Removal.Clean {
		fmt.Fprintf(w, "  throwaways      %s\n", p.Good("gone, and looked for"))
	}
}

// printRecoveryResources names what is there at the end, with the step that made it:
// what a failover recovered, and what a person must look at. What was removed is gone.
func printRecoveryResources(w io.Writer, p Paint, resources []recoveryevidence.Resource) {
	title := "\n  resources\n"
	for _, r := range resources {
		if r.State == recoveryevidence.Removed {
			continue
		}
		step := "of a step that nobody knows"
		if r.Step != "" {
			step = "of " + r.Step
		}
		fmt.Fprintf(w, "%s    %s  %s %s, %s\n", title, p.Verdict(r.State == recoveryevidence.Recovered, r.State), Shown(r.Kind), Shown(r.ID), Shown(step))
		title = ""
	}
}

func printRecoveryFindings(w io.Writer, p Paint, findings []recoveryevidence.Finding) {
	if len(findings) == 0 {
		return
	}
	fmt.Fprintln(w, "\n  findings")
	for _, f := range findings {
		word := f.Severity
		switch recovery.Severity(f.Severity) {
		case recovery.Warning:
			word = p.Warn(word)
		case recovery.Missed, recovery.Fatal, recovery.Dirty:
			word = p.Bad(word)
		case recovery.Info:
		}
		fmt.Fprintf(w, "    %s  %s: %s\n", word, f.Code, Shown(f.What))
		if f.Hint != "" {
			fmt.Fprintf(w, "          hint: %s\n", Shown(f.Hint))
		}
	}
}
