package sim_test

import (
	"context"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// The preflight as its function is wired, in scenarios in which a restore would be
// refused or nobody could tell.
func TestPreflightOfScenarios(t *testing.T) {
	denied := func(operation string) []simaws.Fault {
		return []simaws.Fault{{On: operation, Error: "AccessDenied", Status: 403, Times: -1}}
	}
	tests := map[string]struct {
		reason            string
		scenario          sim.Scenario
		says              string
		findings, unknown float64
	}{
		"a good day":          {"nothing is said", sim.Scenario{}, "", 0, 0},
		"the key":             {"it is not in the recovery region", sim.Scenario{Missing: []string{"key"}}, drill.KeyUnusable, 1, 0},
		"the subnet group":    {"it was removed", sim.Scenario{Missing: []string{"subnet-group"}}, drill.GroupMissing, 1, 0},
		"RDS's role":          {"a fresh account", sim.Scenario{Missing: []string{"linked-role"}}, drill.ServiceRoleMissing, 1, 0},
		"no place":            {"all instances are in use", sim.Scenario{Quota: sim.Quota{Instances: 5, Used: 5}}, drill.QuotaShort, 1, 0},
		"the source's group":  {"it does not travel", sim.Scenario{Source: sim.Source{ParameterGroup: "tuned"}}, drill.GroupMissing, 1, 0},
		"a permission":        {"that is no finding", sim.Scenario{Faults: denied("rds:DescribeDBEngineVersions")}, drill.RecoverabilityUnknown, 0, 1},
		"the recovery region": {"nothing is known", sim.Scenario{Faults: denied("rds:DescribeDBSnapshots")}, drill.RecoverabilityUnknown, 0, 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w, err := sim.Open(sim.Options{Plan: examplePlan(t), Scenario: tc.scenario, Version: "test"})
			if err != nil {
				t.Fatal(err)
			}
			out, err := w.Preflight(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if tc.says == "" && len(out.Findings) > 0 || tc.says != "" && (len(out.Findings) == 0 || out.Findings[0].Code != tc.says) {
				t.Errorf("%s: %+v", tc.reason, out.Findings)
			}
			figures := map[string]float64{}
			for _, d := range w.Datapoints() {
				figures[d.Metric] = max(figures[d.Metric], d.Maximum)
			}
			if figures[rounds.RecoverabilityFindings] != tc.findings || figures[rounds.RecoverabilityUnknown] != tc.unknown || figures[rounds.PreflightRan] != 1 {
				t.Errorf("%s: %v: %+v", tc.reason, figures, out.Findings)
			}
		})
	}
}
