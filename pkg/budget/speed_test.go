package budget

import (
	"fmt"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// fleet has n databases in workloads of ten, each with what edit makes of it.
func fleet(n int, edit func(i int, d *plan.Database)) plan.Plan {
	manage := true
	p := plan.Plan{Regions: &plan.Regions{Primary: "eu-west-1", Recovery: "eu-central-1"}, Backup: &plan.Backup{Manage: &manage}}
	for i := range n {
		if i%10 == 0 {
			p.Workloads = append(p.Workloads, plan.Workload{
				Name: fmt.Sprintf("w%d", i/10), Objectives: plan.Objectives{RTO: plan.Duration(4 * time.Hour), RPO: plan.Duration(4 * day)},
				Assumptions: plan.Assumptions{Restore: plan.Duration(time.Hour)},
			})
		}
		d := plan.Database{Name: fmt.Sprintf("db%d", i), Kind: plan.KindRDSInstance}
		edit(i, &d)
		w := &p.Workloads[i/10]
		w.Databases = append(w.Databases, d)
	}
	return p
}

// distinct gives each its own rule set.
func distinct(i int, d *plan.Database) {
	d.Backup = &plan.DatabaseBackup{Rules: []plan.BackupRule{
		{Name: "often", Schedule: fmt.Sprintf("cron(%d %d/%d * * ? *)", i%60, i/60%2, 1+i/120%12), Retention: plan.Duration(time.Duration(7+i/1440%4) * day)},
		{Name: "daily", Schedule: fmt.Sprintf("cron(%d %d * * ? *)", i%60, i/60%24), Retention: plan.Duration(35 * day), StartWindow: plan.Duration(time.Duration(60+i/5760) * time.Minute)},
	}}
}

func BenchmarkFleetOfDistinctRules(b *testing.B) {
	p := fleet(10_000, distinct)
	for b.Loop() {
		if r := Of(p, nil); len(r.Problems) > 0 {
			b.Fatal(r.Problems[0])
		}
	}
}

func BenchmarkFleetOfFewRules(b *testing.B) {
	p := fleet(10_000, func(i int, d *plan.Database) {
		if i%3 == 0 {
			distinct(i%12, d)
		}
	})
	for b.Loop() {
		Of(p, nil)
	}
}

// A calendar cannot be looked at for a week alone.
func BenchmarkCalendar(b *testing.B) {
	p := fleet(1, func(_ int, d *plan.Database) {
		d.Backup = &plan.DatabaseBackup{Rules: []plan.BackupRule{
			{Name: "hourly", Schedule: "cron(0 * ? * MON-FRI *)", Retention: plan.Duration(day)},
			{Name: "monthly", Schedule: "cron(30 5 1 * ? *)", Retention: plan.Duration(365 * day)},
		}}
	})
	for b.Loop() {
		Of(p, nil)
	}
}
