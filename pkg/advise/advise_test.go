package advise

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

func minutes(n int) plan.Duration { return plan.Duration(n) * plan.Duration(time.Minute) }

// answers by topology, in their order.
func answers(t Table) (list []string) {
	for _, row := range t.Rows {
		list = append(list, string(row.Meets))
	}
	return list
}

func TestWhichTopologyMeetsTheTargets(t *testing.T) {
	cases := map[string]struct {
		reason   string
		change   func(p *plan.Plan, w *plan.Workload)
		measured budget.Measurements
		want     []string // backup-restore, pilot-light, warm-standby, active-passive, active-active
		first    string
	}{
		"all, with time": {"a restore of an hour fits into eight", func(_ *plan.Plan, w *plan.Workload) {
			w.Objectives.RTO, w.Assumptions.Restore, w.Assumptions.WarmUp = minutes(480), minutes(60), minutes(10)
		}, nil, []string{"yes", "yes", "yes", "yes", "yes"}, plan.BackupRestore},
		"minutes": {"a restore of an hour does not fit into thirty minutes", func(_ *plan.Plan, w *plan.Workload) {
			w.Objectives.RTO, w.Assumptions.Restore, w.Assumptions.WarmUp = minutes(30), minutes(60), minutes(5)
		}, nil, []string{"no", "yes", "yes", "yes", "yes"}, plan.PilotLight},
		"nobody measured a restore": {"what is not known is not met", func(_ *plan.Plan, w *plan.Workload) {
			w.Objectives.RTO, w.Assumptions.WarmUp = minutes(30), minutes(5)
		}, nil, []string{"unknown", "yes", "yes", "yes", "yes"}, plan.PilotLight},
		"nobody said how services start": {"a pilot light has them start after the loss", func(_ *plan.Plan, w *plan.Workload) {
			w.Objectives.RTO = minutes(30)
		}, nil, []string{"unknown", "unknown", "yes", "yes", "yes"}, plan.WarmStandby},
		"drills measured it": {"twice an hour is more than thirty minutes", func(_ *plan.Plan, w *plan.Workload) {
			w.Objectives.RTO, w.Assumptions.WarmUp = minutes(30), minutes(5)
		}, budget.Measurements{"orders/db": {Seconds: []float64{3600, 3500}}}, []string{"no", "yes", "yes", "yes", "yes"}, plan.PilotLight},
		"seconds": {"a promotion takes minutes", func(_ *plan.Plan, w *plan.Workload) {
			w.Objectives.RTO, w.Assumptions.Promotion = minutes(5), minutes(10)
		}, nil, []string{"no", "no", "no", "no", "no"}, ""},
		"no recovery region": {"nothing could stand ready", func(p *plan.Plan, w *plan.Workload) {
			p.Regions.Recovery = ""
			w.Objectives.RTO, w.Assumptions.Restore = minutes(480), minutes(60)
		}, nil, []string{"yes", "no", "no", "no", "no"}, plan.BackupRestore},
		"a file": {"it has no replica", func(_ *plan.Plan, w *plan.Workload) {
			w.Objectives.RTO = minutes(480)
			w.Databases[0] = plan.Database{Name: "db", Kind: plan.KindPostgres, Backups: "b/*"}
		}, nil, []string{"unknown", "no", "no", "no", "no"}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := aws(plan.BackupRestore)
			tc.change(&p, &p.Workloads[0])
			before := p.Hash()
			table := Of(p, 0, tc.measured, Usage{}, somePrices())
			if got := answers(table); !slices.Equal(got, tc.want) || table.First != tc.first {
				t.Errorf("%s: %v, the first is %q", tc.reason, got, table.First)
				for _, row := range table.Rows {
					t.Log(row.Topology, row.Why)
				}
			}
			for _, row := range table.Rows {
				if len(row.Why) == 0 || row.Says == "" {
					t.Errorf("%s: %s without its reasons", tc.reason, row.Topology)
				}
			}
			if p.Hash() != before {
				t.Error("advice changed the plan")
			}
		})
	}
}

// What a change of topology would have to bring is what the plan would be refused
// for.
func TestWhatIsMissing(t *testing.T) {
	p := aws(plan.PilotLight)
	p.Workloads[0].Databases[0].Replica = "orders-replica"
	p.Workloads[0].Standby = &plan.Standby{Record: &plan.Record{Name: "orders.example.com", TTL: minutes(1)}}
	table := Of(p, 0, nil, Usage{}, somePrices())
	want := map[string]int{plan.BackupRestore: 1, plan.PilotLight: 0, plan.WarmStandby: 2, plan.ActivePassive: 2, plan.ActiveActive: 2}
	for _, row := range table.Rows {
		if len(row.Missing) != want[row.Topology] {
			t.Errorf("%s: %v", row.Topology, row.Missing)
		}
	}
	said := strings.Join(table.Assumed, "\n")
	if !strings.Contains(said, "every 30s, 3 in a row") || !strings.Contains(said, "backup: {manage: true}") || strings.Contains(said, "TTL") {
		t.Errorf("assumed: %s", said)
	}
}

// Targets that backups meet which nobody declared are not met by the plan as it stands,
// and each row says so.
func TestBackupsThatNobodyDeclared(t *testing.T) {
	yes := true
	for _, c := range []struct {
		backup *plan.Backup
		want   bool
	}{{nil, true}, {&plan.Backup{Manage: &yes}, false}} {
		p := aws(plan.BackupRestore)
		p.Backup = c.backup
		for _, row := range Of(p, 0, nil, Usage{}, somePrices()).Rows {
			if said := strings.Contains(strings.Join(row.Why, "\n"), "backups that the plan does not declare yet"); said != c.want {
				t.Errorf("%s with %v: %v", row.Topology, c.backup, row.Why)
			}
		}
	}
	p := aws(plan.BackupRestore) // and one that declares them for the database alone is not said to say nothing
	p.Workloads[0].Databases[0].Backup = &plan.DatabaseBackup{PointInTime: plan.PointInTimeReplicated}
	if said := strings.Join(Of(p, 0, nil, Usage{}, somePrices()).Assumed, "\n"); strings.Contains(said, "says nothing of backups") {
		t.Error(said)
	}
}

// Copies into another account of the same region cost something as well.
func TestCopiesIntoAnotherAccount(t *testing.T) {
	p := aws(plan.BackupRestore)
	p.Regions.Recovery, p.Accounts = "", &plan.Accounts{Primary: "111122223333", Recovery: "444455556666"}
	policy := copied()
	policy.PointInTime = ""
	cost, _ := priced(t, p, plan.BackupRestore, policy, Usage{}, somePrices())
	found := 0
	for _, item := range cost.Items {
		if strings.HasPrefix(item.What, "copies of ") && item.USD != nil {
			found++
		}
		if strings.HasPrefix(item.What, "copying ") {
			t.Errorf("nothing crosses between regions: %+v", item)
		}
	}
	if found != 1 {
		t.Errorf("%+v", cost.Items)
	}
}

// Two workloads of a plan do not judge each other.
func TestEachWorkloadByItself(t *testing.T) {
	p := aws(plan.BackupRestore)
	p.Workloads[0].Objectives.RTO, p.Workloads[0].Assumptions.Restore = minutes(480), minutes(60)
	other := p.Workloads[0]
	other.Name, other.Objectives.RTO = "carts", minutes(30)
	p.Workloads = append(p.Workloads, other)
	if first := Of(p, 0, nil, Usage{}, somePrices()).Rows[0].Meets; first != Yes {
		t.Errorf("orders: %s", first)
	}
	if second := Of(p, 1, nil, Usage{}, somePrices()); second.Workload != "carts" || second.Rows[0].Meets != No {
		t.Errorf("carts: %+v", second.Rows[0])
	}
}
