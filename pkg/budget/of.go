package budget

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Of is the budget of a plan that Validate accepts.
func Of(p plan.Plan, m Measurements) Report {
	c := newCalculation(&p)
	report := Report{Rows: make([]Row, 0, len(p.Workloads)), Workloads: make([]Workload, 0, len(p.Workloads))}
	j := judge{calculation: c, report: &report}
	for i := range p.Workloads {
		w := &p.Workloads[i]
		path := "workloads[" + strconv.Itoa(i) + "].objectives."
		first := len(report.Rows)
		subjects := make([]*subject, len(w.Databases))
		for k := range w.Databases {
			d := &w.Databases[k]
			s := c.subject(w, d)
			row := Row{Workload: w.Name, Database: d.Name, Kind: d.Kind, Topology: topology(w), RTO: time.Duration(w.Objectives.RTO), RPO: s.rpo}
			if plan.KindOf(d.Kind).OnAWS {
				row.Policy = c.policy(s)
			}
			drilled := m[w.Name+"/"+d.Name]
			if k > 0 && alike(s, subjects[k-1], &row.Policy, &report.Rows[first+k-1].Policy) { // in a fleet most are
				before := &report.Rows[first+k-1]
				row.Losses, row.Recovery = before.Losses, before.Recovery
				if len(drilled.Seconds)+len(m[w.Name+"/"+before.Database].Seconds) > 0 {
					row.Recovery = recovery(s, drilled)
				}
			} else {
				row.Losses, row.Recovery = c.losses(s, &row.Policy), recovery(s, drilled)
			}
			j.rpo(path+"rpo", s, &row)
			if row.Policy.AutomatedWindow != "" {
				j.coincides(fmt.Sprintf("workloads[%d].databases[%d].backup.automatedWindow", i, k), &row.Policy)
			}
			report.Rows, subjects[k] = append(report.Rows, row), s
		}
		if len(w.Databases) == 0 {
			continue
		}
		slow, of := slowest(report.Rows[first:])
		report.Workloads = append(report.Workloads, Workload{Name: w.Name, Recovery: slow})
		j.rto(path+"rto", subjects[of], &report.Rows[first+of], report.Rows[first:], slow)
	}
	j.rest()
	return report
}

// alike tells whether two databases of a workload have the same budget but for what
// drills measured.
func alike(a, b *subject, p, q *Policy) bool {
	return a.database.Kind == b.database.Kind && a.scenario == b.scenario && a.replica == b.replica && a.block == b.block &&
		a.database.Assumptions == b.database.Assumptions && p.PointInTime == q.PointInTime && p.Known() == q.Known() &&
		len(p.Rules) == len(q.Rules) && (len(p.Rules) == 0 || &p.Rules[0] == &q.Rules[0])
}

// losses are the scenario that is judged, and the others that the plan provides
// for.
func (c *calculation) losses(s *subject, p *Policy) []Loss {
	losses := make([]Loss, 0, len(plan.Scenarios))
	for _, scenario := range plan.Scenarios {
		judged := scenario == s.scenario
		if !judged && !c.provided(s, scenario) {
			continue
		}
		losses = append(losses, c.loss(s, p, scenario).row(scenario, judged))
	}
	slices.SortStableFunc(losses, func(a, b Loss) int {
		switch {
		case a.Judged == b.Judged:
			return 0
		case a.Judged:
			return -1
		}
		return 1
	})
	return losses
}

// provided tells whether the plan has a place that survives the scenario.
func (c *calculation) provided(s *subject, scenario string) bool {
	switch scenario {
	case plan.ScenarioRegionLoss:
		return plan.KindOf(s.database.Kind).OnAWS && recoveryRegion(c.plan)
	case plan.ScenarioAccountLoss:
		return plan.KindOf(s.database.Kind).OnAWS && recoveryAccount(c.plan)
	}
	return true
}
