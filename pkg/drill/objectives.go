package drill

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"time"
)

// judgeRPO compares the age of the recovery point at the drill's start with
// the target. Where the backup's own record of its time is unsure, the age is
// judged at its worst: the target is met only if age plus uncertainty reach it.
// A backup taken after the start, while the drill was choosing, has age zero;
// one from later still shows that clocks differ, and then the difference
// itself is taken for the uncertainty, and a finding says so.
func judgeRPO(c Case, point *RecoveryPoint, selected time.Time) (Judgement, []Finding) {
	j := Judgement{TargetSeconds: c.Spec.Objectives.RPOSeconds, BudgetSeconds: c.Spec.Objectives.RPOSeconds}
	if point == nil {
		j.Reason = "no recovery point was chosen"
		return j, nil
	}
	if point.TakenAt.IsZero() {
		j.Reason = fmt.Sprintf("the time of backup %s is not known", point.ID)
		return j, []Finding{{Severity: Failed, Code: "BackupTimeUnknown", What: j.Reason}}
	}
	var findings []Finding
	age, unsure := c.Run.StartedAt.Sub(point.TakenAt).Seconds(), point.UncertaintySeconds
	if age < 0 && age+unsure < 0 {
		if point.TakenAt.After(selected) {
			findings = append(findings, Finding{
				Severity: Warning, Code: "ClockSkew",
				What:   fmt.Sprintf("backup %s says that it was taken %s after the drill started: clocks differ, and its age is unsure by that much", point.ID, inSeconds(-age)),
				Figure: -age,
				Hint:   "compare the clocks of the machine that takes the backups and of this one, and the time zone that its records are read in",
			})
			unsure += -age
		}
		age = 0
	}
	worst := math.Max(age, 0) + unsure
	j.ActualSeconds, j.UncertaintySeconds = &age, unsure
	j.Met = j.TargetSeconds == 0 || worst <= j.TargetSeconds
	j.Reason = fmt.Sprintf("backup %s was %s old when the drill started (taken %s, read from %s)",
		point.ID, inSeconds(age), point.TakenAt.UTC().Format(time.RFC3339), point.TimeSource)
	if unsure > 0 {
		j.Reason += fmt.Sprintf(", give or take %s, judged at its oldest", inSeconds(unsure))
	}
	j.Reason += against(j.TargetSeconds)
	if !j.Met {
		missed := Finding{
			Severity: Missed, Code: "RPOMissed", What: j.Reason, Figure: worst, Target: j.TargetSeconds,
			Hint: "take backups more often, or find out why the last one is missing",
		}
		if n := candidatesOf(c.Facts); n != nil && n.PassedOver > 0 {
			missed.What += fmt.Sprintf("; %d newer ones cannot be used", n.PassedOver)
			missed.Hint = "find out why the newer backups cannot be used: the findings name them"
		}
		findings = append(findings, missed)
	}
	return j, findings
}

// judgeRTO compares the time from the start of the run until every gate check
// had passed with what the declared allowances leave of the RTO: the target is
// the service's, and the drill measures a part of the way there. It is an upper
// bound: what polling added is in it, and is given as the uncertainty.
func judgeRTO(c Case, m moments, checks []CheckResult) (Judgement, []Finding) {
	j := Judgement{TargetSeconds: c.Spec.Objectives.RTOSeconds}
	if j.TargetSeconds > 0 {
		j.BudgetSeconds = j.TargetSeconds - c.Spec.Allowances.Seconds()
	}
	switch {
	case m.available.IsZero():
		j.Reason = "the restored database never became available"
		return j, nil
	case m.connected.IsZero():
		j.Reason = "the restored database was available, and could not be asked"
		return j, nil
	}
	for _, want := range c.Spec.AllChecks() {
		if want.Stage != Gate {
			continue
		}
		switch outcomeOf(want.Name, checks) {
		case CheckPassed:
		case CheckFailed:
			j.Reason = fmt.Sprintf("gate check %q failed: the data could not serve", want.Name)
			return j, nil
		case CheckError, CheckSkipped:
			fallthrough
		default: // none, or a word that is not known
			j.Reason = fmt.Sprintf("gate check %q was not answered", want.Name)
			return j, nil
		}
	}
	actual := (m.gated.Sub(c.Run.StartedAt) - m.loginTook()).Seconds()
	j.ActualSeconds, j.UncertaintySeconds = &actual, (m.availability + m.unsure(c.Facts)).Seconds()
	j.Met = j.TargetSeconds == 0 || actual <= j.BudgetSeconds
	j.Reason = "validated data could serve " + inSeconds(actual) + " after the start of the drill"
	if j.UncertaintySeconds > 0 {
		j.Reason += fmt.Sprintf(", of which up to %s passed between two looks", inSeconds(j.UncertaintySeconds))
	}
	why, _ := keptWaiting(c.Facts)
	if wait := m.waited(); wait > 0 {
		j.Reason += fmt.Sprintf(", of which %s were spent waiting for the provider to begin (%s)", inSeconds(wait.Seconds()), why.Error)
	}
	if login := m.loginTook().Seconds(); login > 0 {
		j.Reason += fmt.Sprintf(", not counting %s in which a login was made for the drill", inSeconds(login))
	}
	j.Reason += against(j.TargetSeconds) + declaredText(c.Spec.Allowances, j)
	if j.Met {
		return j, nil
	}
	hint := "the timeline of the evidence shows which phase took the time"
	switch {
	case actual <= j.TargetSeconds:
		hint = "the restore alone would do, and detection, decision and DNS come on top: make them shorter, or the restore, or declare an RTO that the whole can meet"
	case j.BudgetSeconds <= 0:
		hint = "the declared allowances alone reach the RTO"
	}
	switch wait := m.waited().Seconds(); {
	case wait > 0 && actual-wait <= j.BudgetSeconds:
		hint = "without the wait for the provider it would have been met: " + cmp.Or(why.Hint, "see "+WaitedToStart)
	case actual-m.availability.Seconds() <= j.BudgetSeconds:
		hint = "it may have been met between two looks; the next drill expects the restore about then, and looks more often"
	}
	return j, []Finding{{
		Severity: Missed, Code: "RTOMissed", What: j.Reason, Figure: actual, Target: j.BudgetSeconds, Hint: hint,
	}}
}

// declaredText names what is declared and not measured, and what it leaves of
// the target; nothing where nothing is declared.
func declaredText(a Allowances, j Judgement) string {
	if a.Seconds() == 0 {
		return ""
	}
	text := fmt.Sprintf("; declared, not measured: %s for detection, %s for decision, %s for DNS",
		inSeconds(a.DetectionSeconds), inSeconds(a.DecisionSeconds), inSeconds(a.DNSSeconds))
	if j.TargetSeconds == 0 {
		return text
	}
	return text + ", which leave " + inSeconds(j.BudgetSeconds) + " for what is measured"
}

func outcomeOf(name string, checks []CheckResult) CheckOutcome {
	for _, r := range checks {
		if r.Name == name {
			return r.Outcome
		}
	}
	return ""
}

func against(target float64) string {
	if target == 0 {
		return "; no target is declared"
	}
	return "; the target is " + inSeconds(target)
}

// inSeconds is for sentences: milliseconds below ten seconds, whole seconds
// above a hundred.
func inSeconds(s float64) string {
	decimals := 1
	switch abs := math.Abs(s); {
	case abs < 10:
		decimals = 3
	case abs >= 100:
		decimals = 0
	}
	return strconv.FormatFloat(s, 'f', decimals, 64) + " s"
}
