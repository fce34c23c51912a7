package budget

import (
	"fmt"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Rules are derived where the window lies in the first hour of the week: wherever
// it lies, the policy and its losses are those of a plan that declares these rules,
// and no other hour to begin at would lose less.
func TestDerivedPoliciesAreTurnedBack(t *testing.T) {
	manage := true
	for _, window := range []string{"sun:04:00-sun:04:30", "wed:23:17-thu:01:02", "sat:22:45-sun:06:00", "mon:00:30-mon:01:00", "sun:00:05-sun:00:35"} {
		for _, rpo := range []time.Duration{5 * time.Hour, 13 * time.Hour, 20 * time.Hour, 36 * time.Hour, 60 * time.Hour} {
			p := plan.Plan{
				Regions: &plan.Regions{Primary: "eu-west-1", Recovery: "eu-central-1"}, Backup: &plan.Backup{Manage: &manage},
				Workloads: []plan.Workload{{
					Name: "w", Objectives: plan.Objectives{RTO: plan.Duration(4 * time.Hour), RPO: plan.Duration(rpo)}, Assumptions: plan.Assumptions{Restore: plan.Duration(time.Hour)},
					Databases: []plan.Database{{Name: "d", Kind: plan.KindRDSInstance, Backup: &plan.DatabaseBackup{MaintenanceWindow: window}}},
				}},
			}
			report := Of(p, nil)
			row, name := report.Rows[0], fmt.Sprintf("%s, %s", window, rpo)
			if len(row.Policy.Rules) != 1 || row.Losses[0].Unbounded {
				t.Fatalf("%s: %+v", name, row)
			}
			declared := func(rules []plan.BackupRule) Loss {
				said := p
				said.Workloads = []plan.Workload{p.Workloads[0]}
				said.Workloads[0].Databases = []plan.Database{p.Workloads[0].Databases[0]}
				said.Workloads[0].Databases[0].Backup = &plan.DatabaseBackup{MaintenanceWindow: window, Rules: rules, PointInTime: row.Policy.PointInTime}
				return Of(said, nil).Rows[0].Losses[0]
			}
			same := declared(row.Policy.Rules)
			if same.Worst.Value != row.Losses[0].Worst.Value {
				t.Errorf("%s: derived %s loses %s, declared %s", name, row.Policy.Rules[0].Schedule, row.Losses[0].Worst.Value, same.Worst.Value)
			}
			if row.Policy.PointInTime != "" {
				continue // its loss is no rule's
			}
			if replayed := Replay(row.Losses[0].Witness); replayed != row.Losses[0].Worst.Value {
				t.Errorf("%s: the witness loses %s", name, replayed)
			}
			for _, e := range row.Losses[0].Witness {
				if w, err := plan.ParseWeekly(window); err != nil || e.Kind == Maintenance && !w.Begins(e.At).Equal(e.At) {
					t.Errorf("%s: the maintenance of the witness begins at %s", name, e.At)
				}
			}
			var hours, offset int
			if n, _ := fmt.Sscanf(row.Policy.Rules[0].Schedule, "cron(0 %d/%d * * ? *)", &offset, &hours); n == 2 {
				for other := range hours {
					if l := declared([]plan.BackupRule{cadence(hours, other)}); l.Worst.Value < row.Losses[0].Worst.Value {
						t.Errorf("%s: beginning at %d loses %s, and was not chosen before %d with %s", name, other, l.Worst.Value, offset, row.Losses[0].Worst.Value)
					}
				}
			}
		}
	}
}
