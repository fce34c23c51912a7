package evidence

import (
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

func objectivesOf(in Input) Objectives {
	v := in.Verdict
	return Objectives{
		RPO: objectiveOf(v.RPO), RTO: objectiveOf(v.RTO),
		Projected: projectedOf(v, in.Spec.Allowances), DataAge: dataAgeOf(v, in.Spec.AllChecks()),
	}
}

func objectiveOf(j drill.Judgement) Objective {
	return Objective{
		TargetSeconds: declared(j.TargetSeconds), ActualSeconds: j.ActualSeconds,
		UncertaintySeconds: j.UncertaintySeconds, Met: j.Met, Reason: j.Reason,
	}
}

// projectedOf adds the declared allowances to the measured time, and keeps
// all of them apart.
func projectedOf(v drill.Verdict, a drill.Allowances) *Projected {
	if v.RTO.ActualSeconds == nil {
		return nil
	}
	p := Projected{
		MeasuredSeconds:  *v.RTO.ActualSeconds,
		Allowances:       Allowances{DetectionSeconds: a.DetectionSeconds, DecisionSeconds: a.DecisionSeconds, DNSSeconds: a.DNSSeconds},
		AllowanceSeconds: a.DetectionSeconds + a.DecisionSeconds + a.DNSSeconds,
		TotalSeconds:     v.ProjectedSeconds,
		TargetSeconds:    declared(v.RTO.TargetSeconds),
		Met:              v.RTO.TargetSeconds == 0 || v.ProjectedSeconds <= v.RTO.TargetSeconds,
	}
	p.Reason = "no allowances are declared: detection, decision and DNS come on top of what was measured"
	if p.AllowanceSeconds > 0 {
		p.Reason = fmt.Sprintf("%s measured, and declared, not measured: %s for detection, %s for decision, %s for DNS",
			duration(p.MeasuredSeconds), duration(a.DetectionSeconds), duration(a.DecisionSeconds), duration(a.DNSSeconds))
	}
	return &p
}

// dataAgeOf is the age of the newest row, by the check with the oldest answer.
func dataAgeOf(v drill.Verdict, checks []drill.Check) *Objective {
	if v.DataAgeSeconds == nil {
		return nil
	}
	o := Objective{ActualSeconds: v.DataAgeSeconds, Met: true}
	for _, r := range v.Checks {
		if r.DataAgeSeconds == nil || *r.DataAgeSeconds != *v.DataAgeSeconds {
			continue
		}
		o.Met = r.Passed
		o.Reason = fmt.Sprintf("check %q: the newest row was %s old when the drill started", r.Name, duration(*v.DataAgeSeconds))
		for _, c := range checks {
			if c.Name == r.Name && c.Expect != nil {
				o.TargetSeconds = c.Expect.MaxAgeSeconds
			}
		}
		break
	}
	return &o
}

func declared(target float64) *float64 {
	if target == 0 {
		return nil
	}
	return &target
}
