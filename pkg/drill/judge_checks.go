package drill

import (
	"fmt"
	"slices"
	"time"
)

// judgeChecks lists what the checks found. Where the drill's work was ended by
// an error, the checks that did not get to run are not findings of their own.
func judgeChecks(c Case, checks []CheckResult) []Finding {
	var findings []Finding
	for _, r := range checks {
		switch {
		case r.Outcome == CheckPassed && r.Passed:
		case r.Outcome == CheckFailed:
			findings = append(findings, Finding{
				Severity: Missed, Code: "CheckFailed",
				What:   checkSentence(r, "failed"),
				Figure: r.Figure, Target: orNil(r.Expected),
			})
		case r.Outcome == CheckSkipped && r.Stage == Proof:
			findings = append(findings, Finding{
				Severity: Warning, Code: "CheckSkipped", What: checkSentence(r, "was skipped"),
			})
		default:
			findings = append(findings, Finding{
				Severity: Failed, Code: "CheckNotRun", What: checkSentence(r, "could not be run"),
			})
		}
	}
	if c.Failure != nil {
		return findings
	}
	skipped := func(r CheckResult) bool { return r.Outcome == CheckSkipped }
	if len(c.Spec.AllChecks()) == 0 || len(checks) > 0 && len(slices.DeleteFunc(slices.Clone(checks), skipped)) == 0 {
		return append(findings, Finding{
			Severity: Failed, Code: "NoChecks", What: "no check asked anything of the data, so nothing was proven",
			Hint: "declare at least one check of this database in lifeboat.yaml",
		})
	}
	for _, want := range c.Spec.AllChecks() {
		if outcomeOf(want.Name, checks) == "" {
			findings = append(findings, Finding{
				Severity: Failed, Code: "CheckNotRun", What: fmt.Sprintf("check %q has no result", want.Name),
			})
		}
	}
	notRun := func(f Finding) bool { return f.Severity == Failed }
	if slices.ContainsFunc(findings, notRun) {
		return findings // what the others read proves nothing any more
	}
	return append(findings, judgeReads(checks)...)
}

func checkSentence(r CheckResult, what string) string {
	s := fmt.Sprintf("%s check %q %s", r.Stage, r.Name, what)
	if r.Figure != nil {
		s += fmt.Sprintf(": found %v", figureText(r.Figure))
	}
	if r.Expected != "" {
		s += ", expected " + r.Expected
	}
	if r.Reason != "" {
		s += " (" + r.Reason + ")"
	}
	if r.Code != "" {
		s += " [" + r.Code + "]"
	}
	return s
}

func figureText(figure any) any {
	if t, ok := figure.(time.Time); ok {
		return t.UTC().Format(time.RFC3339)
	}
	return figure
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// dataAge is the oldest answer: the data are as old as their stalest part.
func dataAge(checks []CheckResult) *float64 {
	var oldest *float64
	for _, r := range checks {
		if r.DataAgeSeconds != nil && (oldest == nil || *r.DataAgeSeconds > *oldest) {
			oldest = r.DataAgeSeconds
		}
	}
	return oldest
}
