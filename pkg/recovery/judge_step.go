package recovery

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// judgeStep says what is to be said of a step.
func judgeStep(run Run, r Record) []Finding {
	id, status := r.Node.ID, r.Status
	about := func(severity Severity, code, format string, args ...any) Finding {
		return Finding{Severity: severity, Code: code, Step: id, Workload: WorkloadOf(id), What: "step " + id + " " + fmt.Sprintf(format, args...)}
	}
	var findings []Finding
	switch status.State {
	case Succeeded:
	case Failed:
		f := about(Fatal, "StepFailed", "failed: %s", sentence(status.Failure))
		if status.Failure != nil {
			f.Hint = status.Failure.Hint
		}
		findings = append(findings, f)
	case Omitted:
		findings = append(findings, about(Fatal, "StepOmitted", "was omitted: %s", omission(status.Because)))
	case Skipped:
		findings = append(findings, about(Missed, "StepSkipped", "was skipped: %s decided so", cmp.Or(status.SkippedBy, "somebody")))
	case Waiting, Ready:
		findings = append(findings, about(Fatal, "StepNotDone", "was not begun"))
	case Running:
		f := about(Dirty, "StepStillRunning", "still runs: what it makes comes after this report")
		f.Hint = "look at its execution, " + ChildName(run.ID, r)
		findings = append(findings, f)
	}
	if len(status.Earlier) > 0 {
		findings = append(findings, about(Info, "StepRetried", "needed attempt %d: the first failed, %s", status.Attempt, sentence(status.Earlier[0].Failure)))
	}
	if cut := lost(run, r); cut != nil {
		f := about(Dirty, "HalfMade", "was cut off, and what it had made by then nobody noted: %s", sentence(cut))
		f.Hint = "look whether what the plan names is there, half made: nothing of a failover is removed; a retry finds what there is"
		findings = append(findings, f)
	}
	if status.Result == nil {
		return findings
	}
	if u := status.Result.Unproven; u != "" {
		findings = append(findings, about(Warning, "Unproven", "is not proved: %s", u))
	}
	if d := status.Result.Deviation; d != "" {
		findings = append(findings, about(Warning, "Deviation", "deviates from the plan: %s", d))
	}
	if made := halfMade(run, status); len(made) > 0 {
		f := about(Dirty, "HalfMade", "did not end, and had made %s", strings.Join(made, ", "))
		f.Hint = "look at what is named: nothing of a failover is removed"
		findings = append(findings, f)
	}
	return findings
}

// halfMade is what a step of a failover made that did not succeed. An exercise's is
// removed at its end: see Removal.
func halfMade(run Run, s Status) []string {
	if run.Mode != Failover || s.State == Succeeded || s.Result == nil {
		return nil
	}
	var names []string
	for _, r := range s.Result.Resources {
		name := r.Kind + " " + r.ID
		if r.Unsure {
			name += " (asked for, perhaps: nobody saw it)"
		}
		names = append(names, name)
	}
	return names
}

// lost is why nobody knows what a step of a failover made that did not succeed: an
// attempt ended without its own word. nil: it is known.
func lost(run Run, r Record) *Failure {
	makes := slices.Contains([]Kind{Restore, PromoteReplica, Endpoint, Protect}, r.Node.Kind)
	if run.Mode != Failover || r.Status.State == Succeeded || !makes || len(halfMade(run, r.Status)) > 0 {
		return nil
	}
	attempts := append(slices.Clone(r.Status.Earlier), Attempt{StartedAt: r.Status.StartedAt, Failure: r.Status.Failure})
	for _, a := range attempts {
		if a.StartedAt != nil && a.Failure != nil && wordless.MatchString(a.Failure.Error) {
			return a.Failure
		}
	}
	return nil
}

// wordless are the errors of an execution or a function that was cut off: after these a
// call may have had its effect.
var wordless = regexp.MustCompile(`^(StepCutOff|Transient|(States|Lambda|Sandbox|Runtime)\..*)$`)

func omission(because string) string {
	switch because {
	case BecauseAborted:
		return "the recovery was aborted"
	case BecauseOver:
		return "the recovery was over"
	}
	return "it comes after " + because + ", which failed"
}

func sentence(f *Failure) string {
	if f == nil {
		return "nobody noted why"
	}
	if f.Error == "" || strings.Contains(f.Cause, f.Error) {
		return cmp.Or(f.Cause, "nobody noted why")
	}
	return strings.TrimSuffix(f.Error+": "+f.Cause, ": ")
}
