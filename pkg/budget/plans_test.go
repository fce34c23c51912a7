package budget

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// The plans of the tables: one workload with one RDS instance, in two regions, of
// which lifeboat manages the backups; edited.
type edit func(p *plan.Plan, w *plan.Workload, d *plan.Database)

func planOf(edits ...edit) plan.Plan {
	manage := true
	p := plan.Plan{
		Version: 1, Deployment: "prod", Regions: &plan.Regions{Primary: "eu-west-1", Recovery: "eu-central-1"}, Backup: &plan.Backup{Manage: &manage},
		Workloads: []plan.Workload{{
			Name: "orders", Objectives: plan.Objectives{RTO: plan.Duration(4 * time.Hour), RPO: plan.Duration(3 * day)},
			Databases: []plan.Database{{Name: "db", Kind: plan.KindRDSInstance, Source: "orders-prod"}},
		}},
	}
	for _, e := range edits {
		e(&p, &p.Workloads[0], &p.Workloads[0].Databases[0])
	}
	return p
}

func text(d string) plan.Duration {
	parsed, err := plan.ParseDuration(d)
	if err != nil {
		panic(err)
	}
	return parsed
}

func rpo(d string) edit {
	return func(_ *plan.Plan, w *plan.Workload, _ *plan.Database) { w.Objectives.RPO = text(d) }
}
func rto(d string) edit {
	return func(_ *plan.Plan, w *plan.Workload, _ *plan.Database) { w.Objectives.RTO = text(d) }
}
func against(scenario string) edit {
	return func(p *plan.Plan, _ *plan.Workload, d *plan.Database) {
		d.Drill.Scenario = scenario
		if scenario == plan.ScenarioAccountLoss {
			p.Accounts = &plan.Accounts{Primary: "111122223333", Recovery: "444455556666"}
		}
	}
}
func unmanaged(p *plan.Plan, _ *plan.Workload, _ *plan.Database) { *p.Backup.Manage = false }
func noBackup(p *plan.Plan, _ *plan.Workload, _ *plan.Database)  { p.Backup = nil }
func oneRegion(p *plan.Plan, _ *plan.Workload, _ *plan.Database) { p.Regions.Recovery = "" }
func own(d *plan.Database) *plan.DatabaseBackup {
	if d.Backup == nil {
		d.Backup = &plan.DatabaseBackup{}
	}
	return d.Backup
}
func pit(word string) edit {
	return func(_ *plan.Plan, _ *plan.Workload, d *plan.Database) { own(d).PointInTime = word }
}
func window(text string) edit {
	return func(_ *plan.Plan, _ *plan.Workload, d *plan.Database) { own(d).MaintenanceWindow = text }
}
func rule(cron string, edits ...func(r *plan.BackupRule)) edit {
	return func(_ *plan.Plan, _ *plan.Workload, d *plan.Database) {
		r := plan.BackupRule{Name: fmt.Sprintf("r%d", len(own(d).Rules)), Schedule: "cron(" + cron + ")"}
		for _, e := range edits {
			e(&r)
		}
		own(d).Rules = append(own(d).Rules, r)
	}
}
func startWindow(d string) func(r *plan.BackupRule) {
	return func(r *plan.BackupRule) { r.StartWindow = text(d) }
}
func keep(d string) func(r *plan.BackupRule) {
	return func(r *plan.BackupRule) { r.Retention = text(d) }
}
func keepCopy(d string) func(r *plan.BackupRule) {
	return func(r *plan.BackupRule) { r.CopyRetention = text(d) }
}
func noCopy(r *plan.BackupRule)     { r.Copy = new(bool) }
func continuous(r *plan.BackupRule) { r.Continuous = true }
func takes(backup, copying string) edit {
	return func(_ *plan.Plan, w *plan.Workload, _ *plan.Database) {
		w.Assumptions.Backup, w.Assumptions.Copy = text(backup), text(copying)
	}
}
func assume(e func(a *plan.Assumptions)) edit {
	return func(_ *plan.Plan, w *plan.Workload, _ *plan.Database) { e(&w.Assumptions) }
}
func restoreIn(d string) edit {
	return assume(func(a *plan.Assumptions) { a.Restore = text(d) })
}
func allow(detection, decision, dns string) edit {
	return func(_ *plan.Plan, w *plan.Workload, _ *plan.Database) {
		w.Allowances = plan.Allowances{Detection: text(detection), Decision: text(decision), DNS: text(dns)}
	}
}
func pilotLight(_ *plan.Plan, w *plan.Workload, d *plan.Database) {
	w.Topology, d.Replica = plan.PilotLight, "orders-replica"
}
func standby(interval string, threshold int, ttl string) edit {
	return func(_ *plan.Plan, w *plan.Workload, _ *plan.Database) {
		w.Standby = &plan.Standby{HealthChecks: []plan.HealthCheck{{Interval: text(interval), Threshold: threshold}}}
		if ttl != "" {
			w.Standby.Record = &plan.Record{Name: "orders.example.com", TTL: text(ttl)}
		}
	}
}
func kind(name string) edit {
	return func(_ *plan.Plan, _ *plan.Workload, d *plan.Database) { d.Kind = name }
}

const (
	region   = plan.ScenarioRegionLoss
	account  = plan.ScenarioAccountLoss
	operator = plan.ScenarioOperatorError
)

// TestPlansRPO: what each plan can lose in the scenario that it is judged by, and
// what is said of it. Of losses the comments do the sum.
func TestPlansRPO(t *testing.T) {
	for name, c := range map[string]struct {
		edits    []edit
		loss     string // "" not known, "unbounded"
		by       string
		rules    string // names, where they are derived
		point    string
		problem  []string // words of the one problem with the RPO; nil: none
		warnings int      // of the RPO
	}{
		// Derived from the RPO. Daily and nobody tells the maintenance window: one fails
		// at it, so two days, a start window, the backup (30m), and the copy (1h).
		"derived for three days":                            {edits: []edit{}, loss: "50h30m", by: "copies of rule daily", rules: "daily"},
		"derived for a week":                                {edits: []edit{rpo("7d")}, loss: "50h30m", by: "copies of rule daily", rules: "daily"},
		"derived for 2d: daily leaves no fifth":             {edits: []edit{rpo("2d")}, loss: "26h30m", by: "copies of rule every-12h", rules: "every-12h"},
		"derived for a day":                                 {edits: []edit{rpo("24h")}, loss: "18h30m", by: "copies of rule every-8h", rules: "every-8h"},
		"derived for 20h":                                   {edits: []edit{rpo("20h")}, loss: "14h30m", by: "copies of rule every-6h", rules: "every-6h"},
		"derived for 16h":                                   {edits: []edit{rpo("16h")}, loss: "10h30m", by: "copies of rule every-4h", rules: "every-4h"},
		"derived for 11h":                                   {edits: []edit{rpo("11h")}, loss: "8h30m", by: "copies of rule every-3h", rules: "every-3h", warnings: 0},
		"derived for 6h: hourly leaves no fifth":            {edits: []edit{rpo("6h")}, loss: "20m", by: "replicated automated backups", rules: "daily", point: plan.PointInTimeReplicated},
		"derived for 4h":                                    {edits: []edit{rpo("4h")}, loss: "20m", by: "replicated automated backups", rules: "daily", point: plan.PointInTimeReplicated},
		"derived for 1h":                                    {edits: []edit{rpo("1h")}, loss: "20m", by: "replicated automated backups", rules: "daily", point: plan.PointInTimeReplicated},
		"derived for 24m leaves less than a fifth":          {edits: []edit{rpo("24m")}, loss: "20m", by: "replicated automated backups", rules: "daily", point: plan.PointInTimeReplicated, warnings: 1},
		"derived for 15m cannot be":                         {edits: []edit{rpo("15m")}, loss: "20m", by: "replicated automated backups", rules: "daily", point: plan.PointInTimeReplicated, problem: []string{"the RPO is 15m", "rds.replica", "an RPO of 20m"}},
		"derived for 15m with a replica":                    {edits: []edit{rpo("15m"), pilotLight}, loss: "5m", by: "replica orders-replica", rules: "daily"},
		"an operator's error, 3d":                           {edits: []edit{against(operator)}, loss: "49h30m", by: "backups of rule daily", rules: "daily"},
		"an operator's error, 1h":                           {edits: []edit{against(operator), rpo("1h")}, loss: "10m", by: "automated backups", rules: "daily", point: plan.PointInTimeNative},
		"an operator's error, one region":                   {edits: []edit{oneRegion, rpo("8h")}, loss: "5h30m", by: "backups of rule hourly", rules: "hourly"},
		"a replica is destroyed as well":                    {edits: []edit{against(operator), rpo("5m"), pilotLight}, loss: "10m", by: "automated backups", rules: "daily", point: plan.PointInTimeNative, problem: []string{"the RPO is 5m", "an RPO of 10m"}},
		"another account, 1d":                               {edits: []edit{against(account), rpo("24h")}, loss: "18h30m", by: "copies of rule every-8h", rules: "every-8h"},
		"another account, 8h: hourly copies only just":      {edits: []edit{against(account), rpo("8h")}, loss: "7h", by: "copies of rule hourly", rules: "hourly", warnings: 1},
		"another account, 1h: points in time never leave":   {edits: []edit{against(account), rpo("1h")}, loss: "7h", by: "copies of rule hourly", rules: "hourly", problem: []string{"account-loss", "an RPO of 7h"}},
		"another account, pointInTime does not help":        {edits: []edit{against(account), rpo("1h"), pit(plan.PointInTimeReplicated)}, loss: "7h", by: "copies of rule hourly", rules: "hourly", point: plan.PointInTimeReplicated, problem: []string{"account-loss"}},
		"pointInTime native is said: rules stay":            {edits: []edit{against(operator), rpo("1h"), pit(plan.PointInTimeNative)}, loss: "10m", by: "automated backups", rules: "daily", point: plan.PointInTimeNative},
		"pointInTime none is said: hourly is all there is":  {edits: []edit{against(operator), rpo("1h"), pit(plan.PointInTimeNone)}, loss: "6h", by: "backups of rule hourly", rules: "hourly", point: plan.PointInTimeNone, problem: []string{"hourly cron", "pointInTime: native"}},
		"a known window is stayed clear of: daily, 2d":      {edits: []edit{rpo("2d"), window("sun:00:15-sun:00:45")}, loss: "26h30m", by: "copies of rule daily", rules: "daily"},
		"a known window that is long":                       {edits: []edit{rpo("24h"), window("sun:00:00-sun:06:00")}, loss: "14h30m", by: "copies of rule every-12h", rules: "every-12h"},
		"quicker backups and copies":                        {edits: []edit{rpo("8h"), takes("5m", "10m")}, loss: "5h15m", by: "copies of rule hourly", rules: "hourly"},
		"slow copies":                                       {edits: []edit{rpo("2d"), takes("4h", "12h")}, loss: "37h", by: "copies of rule every-4h", rules: "every-4h"},
		"logs lie further back":                             {edits: []edit{against(operator), rpo("30m"), assume(func(a *plan.Assumptions) { a.Logs = text("25m") })}, loss: "25m", by: "automated backups", rules: "daily", point: plan.PointInTimeNative, warnings: 1},
		"replication lies further back":                     {edits: []edit{rpo("30m"), assume(func(a *plan.Assumptions) { a.Replication = text("45m") })}, loss: "45m", by: "replicated automated backups", rules: "daily", point: plan.PointInTimeReplicated, problem: []string{"an RPO of 45m"}},
		"a retention of a day is too short for a daily one": {edits: []edit{func(p *plan.Plan, _ *plan.Workload, _ *plan.Database) { p.Backup.Retention = text("1d") }, rpo("3d")}, loss: "18h30m", by: "copies of rule every-8h", rules: "every-8h"},

		// Declared. Hourly copies keep the next backup waiting: one that starts at half
		// past lets the next expire, three fail at an unknown window, and the one after
		// starts last five and a half hours later; 30m and 1h.
		"RPO 60m on an hourly cron":         {edits: []edit{rule("0 * * * ? *"), rpo("60m")}, loss: "7h", by: "copies of rule r0", problem: []string{"RPO is 1h", "an hourly cron", "pointInTime: replicated", "an RPO of 7h"}},
		"the same, nothing managed":         {edits: []edit{unmanaged, rule("0 * * * ? *"), rpo("60m")}, loss: "7h", by: "copies of rule r0", problem: []string{"RPO is 1h", "an hourly cron"}},
		"the same against an operator":      {edits: []edit{rule("0 * * * ? *"), rpo("60m"), against(operator)}, loss: "6h", by: "backups of rule r0", problem: []string{"an hourly cron", "pointInTime: native"}},
		"daily snapshots, an RPO of hours":  {edits: []edit{rule("0 5 * * ? *"), rpo("4h")}, loss: "50h30m", by: "copies of rule r0", problem: []string{"daily snapshots", "pointInTime: replicated", "an RPO of 50h30m"}},
		"daily snapshots, an RPO of a day":  {edits: []edit{rule("0 5 * * ? *"), rpo("24h")}, loss: "50h30m", by: "copies of rule r0", problem: []string{"daily snapshots", "every-8h"}},
		"daily, the window known":           {edits: []edit{rule("0 5 * * ? *"), rpo("36h"), window("sun:12:00-sun:12:30")}, loss: "26h30m", by: "copies of rule r0"},
		"daily, in the known window":        {edits: []edit{rule("0 5 * * ? *"), rpo("36h"), window("sun:05:30-sun:06:00")}, loss: "50h30m", by: "copies of rule r0", problem: []string{"one fails around its maintenance window", "cron(0 0 * * ? *)"}},
		"daily, in the hour before it":      {edits: []edit{rule("0 5 * * ? *"), rpo("3d"), window("sun:06:59-sun:07:30")}, loss: "50h30m", by: "copies of rule r0"},
		"daily, ends as that hour begins":   {edits: []edit{rule("0 5 * * ? *"), rpo("3d"), window("sun:07:00-sun:07:30")}, loss: "26h30m", by: "copies of rule r0"},
		"AWS's default start window":        {edits: []edit{rule("0 0/12 * * ? *", startWindow("8h")), rpo("24h"), window("sun:23:00-sun:23:30")}, loss: "21h30m", by: "copies of rule r0", warnings: 1},
		"its start window is what is wrong": {edits: []edit{rule("0 0/12 * * ? *", startWindow("8h")), rpo("20h"), window("sun:23:00-sun:23:30")}, loss: "21h30m", by: "copies of rule r0", problem: []string{"write startWindow: 60m: 14h30m"}},
		"weekly, nobody knows the window":   {edits: []edit{rule("0 5 ? * SUN *"), rpo("30d")}, loss: "unbounded", by: "nothing is sure to be left", problem: []string{"every later backup can fall into the maintenance window", "daily"}},
		"weekly, the window known":          {edits: []edit{rule("0 5 ? * SUN *"), rpo("10d"), window("mon:05:00-mon:05:30")}, loss: "170h30m", by: "copies of rule r0"},
		"weekly in the known window":        {edits: []edit{rule("0 5 ? * SUN *"), rpo("10d"), window("sun:05:30-sun:06:30")}, loss: "unbounded", by: "nothing is sure to be left", problem: []string{"maintenance window"}},
		"working hours only":                {edits: []edit{rule("0 8-18 ? * MON-FRI *"), rpo("4d"), window("sun:12:00-sun:12:30")}, loss: "65h", by: "copies of rule r0"},
		"working hours, kept for two days":  {edits: []edit{rule("0 8-18 ? * MON-FRI *", keep("2d")), rpo("4d"), window("sun:12:00-sun:12:30")}, loss: "unbounded", by: "nothing is sure to be left", problem: []string{"kept for a shorter time", "retention: 35d"}},
		"maintenance at another time":       {edits: []edit{rule("0 5 * * ? *"), rpo("30h")}, loss: "50h30m", by: "copies of rule r0", problem: []string{"every-8h", "or write backup.maintenanceWindow", "26h30m at worst"}},
		"copies kept for a day":             {edits: []edit{rule("0 5 * * ? *", keepCopy("1d")), rpo("4d"), window("sun:12:00-sun:12:30")}, loss: "unbounded", by: "nothing is sure to be left", problem: []string{"kept for a shorter time"}},
		"two days, kept by a monthly one":   {edits: []edit{rule("0 8-18 ? * MON-FRI *", keep("2d")), rule("0 3 ? * SAT *"), rpo("5d"), window("mon:12:00-mon:12:30")}, loss: "55h30m", by: "copies of rule r1"},
		// On Wednesday hourly copies of Tuesday and of the morning can keep both that are kept
		// for long waiting until they expire, and are gone on Sunday: Sunday 18:00 is left
		// until the next one is copied on Sunday at 09:05.
		"the long-lived ones kept waiting": {edits: []edit{rule("0 4,18 ? * 1,4 *", keep("14d")), rule("0 8-18 ? * 2-6 *", startWindow("8h"), keep("1d")), takes("5m", "4h"), window("sat:03:16-sat:03:46"), rpo("30d")}, loss: "159h5m", by: "copies of rule r0"},
		"monthly, the window known":        {edits: []edit{rule("0 5 1 * ? *", keep("90d")), rpo("90d"), window("mon:12:00-mon:12:30")}, loss: "746h30m", by: "copies of rule r0"},
		"no copies and a region lost":      {edits: []edit{rule("0 * * * ? *", noCopy), rpo("24h")}, loss: "unbounded", by: "nothing survives", problem: []string{"region-loss", "copy: true"}},
		"native points and a region lost":  {edits: []edit{unmanaged, pit(plan.PointInTimeNative), rpo("24h")}, loss: "unbounded", by: "nothing survives", point: plan.PointInTimeNative, problem: []string{"region-loss"}},
		"copies and an account lost":       {edits: []edit{rule("0 * * * ? *"), against(account), rpo("12h")}, loss: "7h", by: "copies of rule r0"},
		"copies in another account only":   {edits: []edit{oneRegion, rule("0 * * * ? *"), against(account), rpo("12h")}, loss: "7h", by: "copies of rule r0"},
		"the guide's example":              {edits: []edit{rule("0 * * * ? *", keep("1d")), rule("0 0/12 * * ? *", startWindow("8h"), keep("7d")), rpo("24h"), against(operator), window("sun:23:30-sun:23:59")}, loss: "12h", by: "backups of rule r0"},
		"continuous, an operator's error":  {edits: []edit{rule("0 5 * * ? *", continuous, noCopy), rpo("1h"), against(operator)}, loss: "10m", by: "continuous backup of rule r0"},
		"continuous is never copied":       {edits: []edit{rule("0 5 * * ? *", continuous, noCopy), rpo("1h")}, loss: "unbounded", by: "nothing survives", problem: []string{"region-loss", "rule r0 is continuous: its points in time are never copied", "no continuous in rule r0"}},
		"the hourly one is not copied":     {edits: []edit{rule("0 * * * ? *", noCopy, keep("1d")), rule("0 3 * * ? *"), rpo("24h")}, loss: "50h30m", by: "copies of rule r1", problem: []string{"daily snapshots"}},
		"passed over for eight hours":      {edits: []edit{rule("0 * * * ? *", keep("1d")), rule("0 0/12 * * ? *", startWindow("8h")), rpo("4h")}, loss: "14h", by: "copies of rule r1", problem: []string{"passed over while the start window of a rule that keeps for longer is open"}},
		"continuous and hourly: one a day": {edits: []edit{rule("0 5 * * ? *", continuous, noCopy), rule("0 * * * ? *"), rpo("1d")}, loss: "97h30m", by: "copies of rule r1", problem: []string{"an RPO of 97h30m"}},
		"kept equally long, one copied":    {edits: []edit{rule("0 5 * * ? *"), rule("0 * * * ? *", noCopy), rpo("3d")}, loss: "unbounded", by: "nothing is sure to be left", problem: []string{"kept equally long", "a day longer", "50h30m"}},
		"and that one a day longer":        {edits: []edit{rule("0 5 * * ? *", keep("36d")), rule("0 * * * ? *", noCopy), rpo("3d")}, loss: "50h30m", by: "copies of rule r0"},
		"years that end":                   {edits: []edit{rule("0 5 * * ? 2026-2030"), rpo("7d")}, loss: "unbounded", by: "nothing survives", problem: []string{"region-loss", "rule r0 names years"}},
		"a backup that never completes":    {edits: []edit{rule("0 5 * * ? *", func(r *plan.BackupRule) { r.CompletionWindow = text("2h") }), takes("3h", "1h"), rpo("7d")}, loss: "unbounded", by: "nothing survives", problem: []string{"region-loss", "a backup takes 3h (declared), and rule r0 cancels it after 2h"}},
		"backups wait for each other":      {edits: []edit{rule("0 * * * ? *"), takes("3h", "1h"), rpo("2d"), against(operator)}, loss: "11h", by: "backups of rule r0"},
		"rules of the plan": {edits: []edit{func(p *plan.Plan, _ *plan.Workload, _ *plan.Database) {
			p.Backup.Rules = []plan.BackupRule{{Name: "all", Schedule: "cron(0 0/6 * * ? *)"}}
		}, rpo("1d")}, loss: "14h30m", by: "copies of rule all"},
		"its own before those of the plan": {edits: []edit{func(p *plan.Plan, _ *plan.Workload, _ *plan.Database) {
			p.Backup.Rules = []plan.BackupRule{{Name: "all", Schedule: "cron(0 5 * * ? *)"}}
		}, rule("0 0/6 * * ? *"), rpo("1d")}, loss: "14h30m", by: "copies of rule r0"},
		"a point in time of the plan": {edits: []edit{unmanaged, func(p *plan.Plan, _ *plan.Workload, _ *plan.Database) {
			p.Backup.PointInTime = plan.PointInTimeReplicated
		}, rpo("1h")}, loss: "20m", by: "replicated automated backups", point: plan.PointInTimeReplicated},
		"nobody says anything":          {edits: []edit{noBackup, rpo("1h")}, loss: "", by: "nobody says how it is backed up", warnings: 1},
		"nothing managed or declared":   {edits: []edit{unmanaged, rpo("1h")}, loss: "", by: "nobody says how it is backed up", warnings: 1},
		"rules without a policy of all": {edits: []edit{noBackup, rule("0 5 * * ? *"), rpo("3d")}, loss: "50h30m", by: "copies of rule r0"},
		"files of this machine":         {edits: []edit{kind(plan.KindPostgres), rpo("1m"), rto("60m")}, loss: "", by: "nobody says how it is backed up"},
	} {
		t.Run(name, func(t *testing.T) {
			p := planOf(append([]edit{restoreIn("45m"), allow("90s", "10m", "2m")}, c.edits...)...)
			report := Of(p, nil)
			row := report.Rows[0]
			loss := row.Losses[0]
			if !loss.Judged {
				t.Fatalf("the first loss is not the judged one: %+v", row.Losses)
			}
			lost := ""
			switch {
			case loss.Unbounded:
				lost = "unbounded"
			case loss.Worst.Known():
				lost = short(loss.Worst.Value)
			}
			if lost != c.loss || loss.By != c.by {
				t.Errorf("loses %q by %q, want %q by %q", lost, loss.By, c.loss, c.by)
			}
			if loss.Worst.Known() && Replay(loss.Witness) != loss.Worst.Value {
				t.Errorf("the witness shows %v, not %v: %v", Replay(loss.Witness), loss.Worst.Value, loss.Witness)
			}
			if row.Policy.Derived {
				var names []string
				for _, r := range row.Policy.Rules {
					names = append(names, r.Name)
				}
				if strings.Join(names, " ") != c.rules {
					t.Errorf("rules %v are derived, want %s", names, c.rules)
				}
			} else if c.rules != "" {
				t.Errorf("nothing is derived")
			}
			if row.Policy.PointInTime != c.point {
				t.Errorf("point in time %q, want %q", row.Policy.PointInTime, c.point)
			}
			expect(t, report.Problems, "workloads[0].objectives.rpo", c.problem)
			got := ofPath(report.Warnings, "workloads[0].objectives.rpo")
			if len(got) != c.warnings {
				t.Errorf("%d warnings, want %d: %v", len(got), c.warnings, got)
			}
			for _, w := range got {
				if loss.Worst.Known() && strings.Contains(w.Hint, "nothing") {
					t.Errorf("a target that is met is called one that nothing meets: %v", w)
				}
			}
		})
	}
}

// expect wants one problem that has all of these words, and no other.
func expect(t *testing.T, problems []plan.Problem, path string, words []string) {
	t.Helper()
	if len(words) == 0 {
		if len(problems) > 0 {
			t.Errorf("refused: %v", problems)
		}
		return
	}
	if len(problems) != 1 || problems[0].Path != path {
		t.Fatalf("want one problem at %s, got %v", path, problems)
	}
	for _, word := range words {
		if !strings.Contains(problems[0].String(), word) {
			t.Errorf("%q does not stand in: %s", word, problems[0])
		}
	}
}

func ofPath(problems []plan.Problem, path string) []plan.Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p plan.Problem) bool { return p.Path != path })
}
