package recovery

import (
	"fmt"
	"strings"
	"time"
)

// judgeWorkload compares what was measured with the targets of a workload.
func judgeWorkload(run Run, w Workload, g Graph, records []Record, took func(Node) float64) (WorkloadResult, []Finding) {
	own := func(n Node) bool { return WorkloadOf(n.ID) == w.Name }
	result := WorkloadResult{
		Name: w.Name, AllowancesSeconds: w.DetectionSeconds + w.AllowedSeconds + w.DNSSeconds,
		Critical: g.pathTo(took, own),
	}
	var steps []Record
	for _, r := range records {
		if own(r.Node) {
			steps = append(steps, r)
		}
	}
	result.RTO = judgeRTO(run, w, result.AllowancesSeconds, steps)
	if actual := result.RTO.ActualSeconds; actual != nil {
		projected := *actual + result.AllowancesSeconds
		result.ProjectedSeconds = &projected
	}
	result.RPO = judgeRPO(w, steps)
	var findings []Finding
	missed := func(code string, j Judgement) {
		if j.Met {
			return
		}
		target := j.TargetSeconds
		findings = append(findings, Finding{Severity: Missed, Code: code, Workload: w.Name, What: "workload " + w.Name + ": " + j.Reason, Figure: j.ActualSeconds, Target: &target})
	}
	missed("RTOMissed", result.RTO)
	missed("RPOMissed", result.RPO)
	return result, findings
}

// judgeRTO measures from the start of the run to the end of the workload's last
// step.
func judgeRTO(run Run, w Workload, allowances float64, steps []Record) Judgement {
	j := Judgement{TargetSeconds: w.RTOSeconds}
	if w.RTOSeconds > 0 {
		j.BudgetSeconds = w.RTOSeconds - allowances
	}
	var last *time.Time
	for _, r := range steps {
		if !r.Status.State.Lets() || r.Status.EndedAt == nil {
			j.Reason = fmt.Sprintf("the recovery time was not measured: step %s is %s", r.Node.ID, r.Status.State)
			return j
		}
		if last == nil || r.Status.EndedAt.After(*last) {
			last = r.Status.EndedAt
		}
	}
	if last == nil {
		j.Reason = "the recovery time was not measured: the workload has no steps"
		return j
	}
	j.ActualSeconds = since(run, last)
	actual, budget := *j.ActualSeconds, j.BudgetSeconds
	switch {
	case w.RTOSeconds == 0:
		j.Met, j.Reason = true, "no RTO is declared; it took "+spoken(actual)
	case actual <= budget:
		j.Met, j.Reason = true, fmt.Sprintf("it took %s, of the %s that the RTO of %s leaves%s", spoken(actual), spoken(budget), spoken(w.RTOSeconds), less(allowances))
	default:
		j.Reason = fmt.Sprintf("it took %s, and the RTO of %s leaves %s%s", spoken(actual), spoken(w.RTOSeconds), spoken(max(0, budget)), less(allowances))
	}
	return j
}

func less(allowances float64) string {
	if allowances == 0 {
		return ""
	}
	return " after allowances of " + spoken(allowances)
}

// judgeRPO is of the restore or promotion that lost most. One that an exercise left
// out is no miss: it is not proved, which a finding of its own says.
func judgeRPO(w Workload, steps []Record) Judgement {
	j := Judgement{TargetSeconds: w.RPOSeconds}
	var recovers, unproven bool
	var unmeasured []string
	for _, r := range steps {
		if r.Node.Kind != Restore && r.Node.Kind != PromoteReplica {
			continue
		}
		recovers = true
		result := r.Status.Result
		switch {
		case r.Status.State == Succeeded && result != nil && result.LossSeconds != nil:
			if loss := *result.LossSeconds; j.ActualSeconds == nil || loss > *j.ActualSeconds {
				j.ActualSeconds = &loss
			}
		case r.Status.State == Succeeded && result != nil && result.Unproven != "":
			unproven = true
		default:
			unmeasured = append(unmeasured, fmt.Sprintf("%s (%s)", r.Node.ID, r.Status.State))
		}
	}
	switch {
	case w.RPOSeconds == 0:
		j.Met, j.Reason = true, "no RPO is declared"
	case !recovers:
		j.Met, j.Reason = true, "no step recovers data"
	case j.ActualSeconds != nil && *j.ActualSeconds > w.RPOSeconds:
		j.Reason = fmt.Sprintf("%s of data are lost, and the RPO is %s", spoken(*j.ActualSeconds), spoken(w.RPOSeconds))
	case unmeasured != nil:
		j.Reason = "what is lost was not measured: " + few(unmeasured)
	case j.ActualSeconds == nil && unproven:
		j.Met, j.Reason = true, "what is lost is not proved: the exercise left it out"
	default:
		j.Met, j.Reason = true, fmt.Sprintf("%s of data are lost, within the RPO of %s", spoken(*j.ActualSeconds), spoken(w.RPOSeconds))
	}
	return j
}

// few names the first of many: a reason is read, and the steps have their own findings.
func few(names []string) string {
	const named = 3
	if len(names) <= named+1 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:named], ", "), len(names)-named)
}

// spoken is a duration as people read it, in seconds where it is short.
func spoken(s float64) string {
	d := seconds(s)
	if d < time.Minute {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
