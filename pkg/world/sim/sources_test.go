package sim_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/monitor"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// The monitor says what no drill that must not ask the lost region can know: of
// whom the backups are, and that there can be none. A region that denies itself
// is a figure, and the database is judged by the other.
func TestTheMonitorSaysWhatIsWrongWithASource(t *testing.T) {
	tests := map[string]struct {
		reason   string
		scenario sim.Scenario
		says     string
		figures  map[string]float64
	}{
		"as it should be": {
			"the copy is six minutes old, the last drill a month, and it may be two", sim.Scenario{}, "",
			map[string]float64{monitor.NoRecoveryPoint: 0, monitor.RegionUnknown: 0, monitor.RPOHeadroom: 3240, monitor.DrillHeadroom: 31 * 86400},
		},
		"replaced, not copied": {
			"what is left of the old one is no fresh copy of the new one",
			sim.Scenario{Source: sim.Source{ReplacedAgo: sim.Duration(30 * time.Minute)}, Backups: sim.Backups{NoReplica: true}}, "SourceReplaced",
			map[string]float64{monitor.NoRecoveryPoint: 1, monitor.RPOHeadroom: -90000, monitor.BackupWarnings: 1},
		},
		"replaced and copied": {
			"the new one's own is", sim.Scenario{Source: sim.Source{ReplacedAgo: sim.Duration(3 * time.Hour)}}, "SourceReplaced",
			map[string]float64{monitor.NoRecoveryPoint: 0, monitor.RPOHeadroom: 3240, monitor.BackupWarnings: 1},
		},
		"member of a cluster": {
			"it has no backups of its own", sim.Scenario{Source: sim.Source{Cluster: "orders"}}, string(drill.ClusterMember),
			map[string]float64{monitor.NoRecoveryPoint: 1, monitor.RPOHeadroom: -90000, monitor.BackupWarnings: 1},
		},
		"the owner's region is denied": {
			"the copy is judged all the same", // the first call is the deployment's own region's
			sim.Scenario{Faults: []simaws.Fault{{On: "rds:DescribeDBInstances", Error: "AccessDenied", Status: 403, Skip: 1, Times: -1}}}, "RegionUnknown",
			map[string]float64{monitor.NoRecoveryPoint: 0, monitor.RegionUnknown: 1, monitor.RPOHeadroom: 3240},
		},
		"the owner's region is gone": {
			"nothing answers there",
			sim.Scenario{Faults: []simaws.Fault{{On: "rds:DescribeDBInstances", Skip: 1, Times: -1}}}, "RegionUnknown",
			// it took the time of three attempts to find out
			map[string]float64{monitor.NoRecoveryPoint: 0, monitor.RegionUnknown: 1},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w, err := sim.Open(sim.Options{Plan: examplePlan(t), Scenario: tc.scenario, Version: "test"})
			if err != nil {
				t.Fatal(err)
			}
			out, err := w.Monitor(context.Background())
			if err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			switch {
			case tc.says == "" && len(out.Findings) > 0:
				t.Errorf("%s: %+v", tc.reason, out.Findings)
			case tc.says != "" && (len(out.Findings) != 1 || out.Findings[0].Code != tc.says || out.Findings[0].Databases[0] != "orders/orders-db"):
				t.Errorf("%s: %+v", tc.reason, out.Findings)
			}
			got := map[string]float64{}
			for _, d := range w.Datapoints() {
				got[d.Metric] = d.Maximum
			}
			for name, want := range tc.figures {
				if value, published := got[name]; !published || value < want-2 || value > want+2 {
					t.Errorf("%s: %s is %v (%t), want %v", tc.reason, name, value, published, want)
				}
			}
		})
	}
}

// What the drill says to write into the plan is what helps.
func TestThePlanNamesTheParameterGroupOfTheSource(t *testing.T) {
	scenario := sim.Scenario{Source: sim.Source{ParameterGroup: "orders-postgres15"}}
	p := examplePlan(t)
	r := rehearse(t, sim.Options{Plan: p, Scenario: scenario})
	if r.Ending != drill.FailureClean || !strings.Contains(r.Evidence.Findings[0].Hint, "drill: {parameterGroup: orders-postgres15}") {
		t.Errorf("%s: %+v", r.Ending, r.Evidence.Findings)
	}
	p.Workloads[0].Databases[0].Drill.ParameterGroup = "orders-postgres15"
	if r = rehearse(t, sim.Options{Plan: p, Scenario: scenario}); r.Ending != drill.Passed {
		t.Errorf("with the group: %s: %s", r.Ending, r.Cause)
	}
}
