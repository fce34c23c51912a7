package drillevidence

import (
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/evidence/page"
)

func objectivesOf(in drill.EvidenceInput) Objectives {
	v := in.Verdict
	return Objectives{
		RPO: objectiveOf(v.RPO), RTO: objectiveOf(v.RTO),
		Declared: allowancesOf(in.Spec.Allowances), DataAge: dataAgeOf(v, in.Spec.AllChecks()),
	}
}

// limit is what the actual figure is compared with, and what to call it: the
// budget, where the target holds more than what is measured.
func (o Objective) limit() (seconds *float64, name string) {
	if o.BudgetSeconds == nil || o.TargetSeconds == nil || *o.BudgetSeconds == *o.TargetSeconds {
		return o.TargetSeconds, "target"
	}
	return o.BudgetSeconds, "budget"
}

func allowancesOf(a drill.Allowances) Allowances {
	return Allowances{
		DetectionSeconds: a.DetectionSeconds, DecisionSeconds: a.DecisionSeconds, DNSSeconds: a.DNSSeconds, TotalSeconds: a.Seconds(),
	}
}

func objectiveOf(j drill.Judgement) Objective {
	o := Objective{
		TargetSeconds: declared(j.TargetSeconds), ActualSeconds: j.ActualSeconds,
		UncertaintySeconds: j.UncertaintySeconds, Met: j.Met, Reason: j.Reason,
	}
	if o.TargetSeconds != nil {
		o.BudgetSeconds = &j.BudgetSeconds
	}
	return o
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
		o.Reason = fmt.Sprintf("check %q: the newest row was %s old when the drill started", r.Name, page.Duration(*v.DataAgeSeconds))
		for _, c := range checks {
			if c.Name == r.Name && c.Expect != nil {
				o.TargetSeconds, o.BudgetSeconds = c.Expect.MaxAgeSeconds, c.Expect.MaxAgeSeconds
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
