package budget

import (
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Of is the budget of a plan that Validate accepts.
func Of(p plan.Plan, m Measurements) Report {
	c := newCalculation(&p)
	report := Report{Rows: make([]Row, 0, len(p.Workloads)), Workloads: make([]Workload, 0, len(p.Workloads))}
	for i := range p.Workloads {
		w := &p.Workloads[i]
		for j := range w.Databases {
			d := &w.Databases[j]
			s := c.subject(w, d)
			row := Row{Workload: w.Name, Database: d.Name, Kind: d.Kind, Topology: topology(w), RTO: time.Duration(w.Objectives.RTO), RPO: s.rpo}
			if plan.KindOf(d.Kind).OnAWS {
				row.Policy = c.policy(s)
			}
			row.Losses = c.losses(s, &row.Policy)
			report.Rows = append(report.Rows, row)
		}
	}
	return report
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
