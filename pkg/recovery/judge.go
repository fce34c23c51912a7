package recovery

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Judge gives the verdict of a run, with every reason, gravest first. The gravest
// finding decides the ending:
//
//	dirty   FailureDirty      something may be left behind, half made
//	failed  FailureClean      something failed, was omitted or was aborted
//	missed  ObjectivesMissed  it is recovered, and a target was missed or a step skipped
//	none    Passed
//
// What an exercise left out is a warning: what there is of it is proved.
func Judge(c Case) Verdict {
	run := c.Run
	v := Verdict{Counts: map[State]int{}, Findings: []Finding{}, Steps: []StepResult{}, Workloads: []WorkloadResult{}}
	records := slices.Clone(c.Steps)
	slices.SortStableFunc(records, func(a, b Record) int { return cmp.Compare(a.Number, b.Number) })
	g, err := GraphOf(records)
	if err != nil {
		v.Findings = append(v.Findings, Finding{Severity: Fatal, Code: "GraphUnreadable", What: "the record of the steps is no graph: " + err.Error()})
	}
	took := tookOf(run, records)
	v.Critical = g.CriticalPath(took)
	if len(records) == 0 {
		v.Findings = append(v.Findings, Finding{Severity: Fatal, Code: "NoSteps", What: "no step is in the record: nothing was recovered"})
	}
	for _, r := range records {
		v.Counts[r.Status.State]++
		result := stepResult(run, r)
		result.Critical = v.Critical.Has(result.ID)
		if result.Unproven != "" {
			v.Unproven++
		}
		v.Steps = append(v.Steps, result)
		v.Findings = append(v.Findings, judgeStep(run, r)...)
	}
	v.Findings = append(v.Findings, judgeRun(run, c.Failure)...)
	v.Findings = append(v.Findings, judgeRemoval(run, c.Removal)...)
	for _, w := range run.Workloads {
		result, findings := judgeWorkload(run, w, g, records, took)
		v.Workloads = append(v.Workloads, result)
		v.Findings = append(v.Findings, findings...)
	}
	if end := endOf(run, records); end != nil {
		v.Seconds = since(run, end)
	}
	slices.SortStableFunc(v.Findings, func(a, b Finding) int {
		return cmp.Compare(gravity(b.Severity), gravity(a.Severity))
	})
	v.Ending = endingOf(v.Findings)
	return v
}

func gravity(s Severity) int {
	return slices.Index([]Severity{Info, Warning, Missed, Fatal, Dirty}, s)
}

func endingOf(findings []Finding) string {
	if len(findings) == 0 {
		return Passed
	}
	switch findings[0].Severity { // gravest first
	case Dirty:
		return FailureDirty
	case Fatal:
		return FailureClean
	case Missed:
		return ObjectivesMissed
	case Info, Warning:
		return Passed
	}
	return FailureClean
}

// endOf is when the last step ended; nil: some are not done.
func endOf(run Run, records []Record) *time.Time {
	if run.OverAt == nil {
		return nil
	}
	var last *time.Time
	for _, r := range records {
		if at := r.Status.EndedAt; r.Status.State.Lets() && at != nil && (last == nil || at.After(*last)) {
			last = at
		}
	}
	if last == nil || slices.ContainsFunc(records, func(r Record) bool { return !r.Status.State.Lets() }) {
		return run.OverAt
	}
	return last
}

func since(run Run, at *time.Time) *float64 {
	if at == nil {
		return nil
	}
	s := at.Sub(run.StartedAt).Seconds()
	return &s
}

// tookOf is what each step took, with all its attempts; 0 where it did not run.
func tookOf(run Run, records []Record) func(Node) float64 {
	took := make(map[string]float64, len(records))
	for _, r := range records {
		if s := stepResult(run, r).Seconds; s != nil {
			took[r.Node.ID] = *s
		}
	}
	return func(n Node) float64 { return took[n.ID] }
}

func stepResult(run Run, r Record) StepResult {
	s := StepResult{
		ID: r.Node.ID, Number: r.Number, Kind: r.Node.Kind, State: r.Status.State, Attempt: r.Status.Attempt,
		BeganSeconds: since(run, r.Status.began()), ExpectedSeconds: r.Node.ExpectedSeconds,
		Because: r.Status.Because, SkippedBy: r.Status.SkippedBy, Failure: r.Status.Failure,
	}
	if began, ended := r.Status.began(), r.Status.EndedAt; began != nil && ended != nil {
		took := ended.Sub(*began).Seconds()
		s.Seconds = &took
	}
	if ready, started := r.Status.ReadyAt, r.Status.StartedAt; ready != nil && started != nil {
		waited := started.Sub(*ready).Seconds()
		s.WaitedSeconds = &waited
	}
	if result := r.Status.Result; result != nil {
		s.LossSeconds, s.Unproven, s.Deviation = result.LossSeconds, result.Unproven, result.Deviation
	}
	return s
}

func judgeRun(run Run, failure *Failure) []Finding {
	var findings []Finding
	if failure != nil {
		findings = append(findings, Finding{Severity: Fatal, Code: cmp.Or(failure.Error, "Unexpected"), What: "the machine of the recovery failed: " + sentence(failure), Hint: failure.Hint})
	}
	for _, d := range run.Decisions {
		f := Finding{Severity: Info, Code: "Decided", Step: d.Step, What: fmt.Sprintf("%s decided to %s %s: %s", d.By, d.Choice, cmp.Or(d.Step, "the recovery"), d.Reason)}
		if d.Choice == Abort {
			f.Severity, f.Code = Fatal, "Aborted"
		}
		findings = append(findings, f)
	}
	if run.OverAt == nil {
		findings = append(findings, Finding{Severity: Dirty, Code: "NotOver", What: "the recovery is not over, and nobody follows it: what it began may be half made", Hint: run.Command("resume", run.ID)})
	}
	return findings
}

func judgeRemoval(run Run, removal Removal) []Finding {
	if removal.Clean && removal.Failure == nil {
		return nil
	}
	if removal.Clean {
		return []Finding{{Severity: Warning, Code: "CleanupTrouble", What: "the throwaways were removed in the end, although " + sentence(removal.Failure)}}
	}
	f := Finding{Severity: Dirty, Code: "RemovalUnconfirmed", What: "may be left behind: " + remaining(run, removal)}
	if removal.Failure != nil {
		f.What += "; " + sentence(removal.Failure)
		f.Hint = removal.Failure.Hint
	}
	f.Hint = cmp.Or(f.Hint, "look at what is named here and remove it; `lifeboat sweep` removes what carries lifeboat's mark")
	return []Finding{f}
}

func remaining(run Run, removal Removal) string {
	if len(removal.Remaining) == 0 {
		return "anything that recovery " + run.ID + " made"
	}
	names := make([]string, len(removal.Remaining))
	for i, r := range removal.Remaining {
		names[i] = r.Kind + " " + r.ID
	}
	return strings.Join(names, ", ")
}
