package advise

import (
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// judge holds the budget of the plan as it would be against the targets. What the
// budget does not know is not met, and not missed either.
func (r *Row) judge(report budget.Report, targets plan.Objectives) {
	r.Meets = Yes
	for _, problem := range report.Problems {
		r.Meets = No
		r.Why = append(r.Why, problem.What)
	}
	for _, row := range report.Rows {
		name := row.Workload + "/" + row.Database
		r.Recovery = longer(r.Recovery, row.Recovery.Total)
		r.against(name, "the recovery", row.Recovery.Total, targets.RTO)
		for _, loss := range row.Losses {
			if loss.Judged {
				r.Loss = longer(r.Loss, loss.Worst)
				r.against(name, "the worst loss of data in "+loss.Scenario, loss.Worst, targets.RPO)
			}
		}
	}
	if len(report.Rows) == 0 && r.Meets == Yes {
		r.Meets = Unknown
		r.Why = append(r.Why, "nothing is known of its databases")
	}
}

// longer of two figures; one that is not known is longer than any.
func longer(a, b budget.Figure) budget.Figure {
	switch {
	case a == (budget.Figure{}):
		return b
	case !a.Known():
		return a
	case !b.Known() || b.Value > a.Value:
		return b
	}
	return a
}

func (r *Row) against(database, what string, figure budget.Figure, target plan.Duration) {
	switch {
	case !figure.Known():
		if r.Meets == Yes {
			r.Meets = Unknown
		}
		r.Why = append(r.Why, fmt.Sprintf("%s: %s is not known, of %s", database, what, target))
	case figure.Value > time.Duration(target):
		r.Meets = No
		r.Why = append(r.Why, fmt.Sprintf("%s: %s is %s, of %s", database, what, plan.Duration(figure.Value), target))
	default:
		r.Why = append(r.Why, fmt.Sprintf("%s: %s is %s, of %s", database, what, plan.Duration(figure.Value), target))
	}
}

// starts is how long services take that do not run before the loss. It is in no
// part of the budget but the warm-up, which a plan says of its own topology alone:
// without it, that another one meets the RTO is not known.
func (r *Row) starts(topology plan.Topology, w plan.Workload, own string) {
	switch {
	case topology.Scale != plan.ScaleNone || topology.Name == own:
		return
	case plan.TopologyOf(own).Scale == plan.ScaleNone && warms(w):
		return // it takes as long there
	case r.Meets == Yes:
		r.Meets = Unknown
	}
	r.Why = append(r.Why, "how long its services take to start after the loss is not in the recovery time: assumptions.warmUp of a plan with this topology says it")
}

// warms is whether somebody said how long something takes until it serves.
func warms(w plan.Workload) bool {
	for _, d := range w.Databases {
		if d.Assumptions.WarmUp > 0 {
			return true
		}
	}
	return w.Assumptions.WarmUp > 0
}
