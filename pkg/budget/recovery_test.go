package budget

import (
	"slices"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// drills are n of them, the slowest of which took most.
func drills(n int, most time.Duration) Measurements {
	seconds := make([]float64, n)
	for i := range seconds {
		seconds[i] = most.Seconds() - 60*float64(i)
	}
	return Measurements{"orders/db": {Seconds: seconds}}
}

func TestPlansRTO(t *testing.T) {
	for name, c := range map[string]struct {
		edits    []edit
		drills   Measurements
		total    string // "" where a part is not known
		basis    Basis
		from     map[string]string // of parts
		problem  []string
		warnings int // of the RTO
	}{
		"all declared":                            {edits: []edit{restoreIn("45m"), allow("90s", "10m", "2m")}, total: "58m30s", basis: Assumed, from: map[string]string{"restore": "assumptions.restore", "dns": "allowances.dns", "warm-up": "default"}},
		"nothing declared: not judged":            {edits: nil, warnings: 1, from: map[string]string{"restore": "", "dns": "a TTL of 60s and a health check of 30s that fails 3 times"}},
		"too long":                                {edits: []edit{restoreIn("45m"), allow("90s", "10m", "2m"), rto("50m")}, total: "58m30s", basis: Assumed, problem: []string{"backup-restore", "RTO of 50m", "restore 45m", "pilot-light", "rds.replica"}},
		"a tight one":                             {edits: []edit{restoreIn("45m"), allow("90s", "10m", "2m"), rto("60m")}, total: "58m30s", basis: Assumed, warnings: 1},
		"below the measured restore":              {edits: []edit{allow("90s", "10m", "2m"), rto("60m")}, drills: drills(24, 70*time.Minute), total: "1h22m30s", basis: Assumed, from: map[string]string{"restore": "p95 of 24 drills"}, problem: []string{"below the measured restore", "1h9m", "p95 of 24 drills"}},
		"measured, p95":                           {edits: []edit{allow("90s", "10m", "2m")}, drills: drills(20, 70*time.Minute), total: "1h22m30s", basis: Assumed, from: map[string]string{"restore": "p95 of 20 drills"}},
		"measured, too few":                       {edits: []edit{allow("90s", "10m", "2m")}, drills: drills(19, 70*time.Minute), total: "1h23m30s", basis: Assumed, from: map[string]string{"restore": "longest of 19 drills, too few for a p95"}},
		"measured once":                           {edits: []edit{allow("90s", "10m", "2m")}, drills: drills(1, 70*time.Minute), total: "1h23m30s", basis: Assumed, from: map[string]string{"restore": "the only drill, too few for a p95"}},
		"measured goes before what is assumed":    {edits: []edit{restoreIn("5m"), allow("90s", "10m", "2m")}, drills: drills(20, 70*time.Minute), total: "1h22m30s", basis: Assumed},
		"an RTO of minutes":                       {edits: []edit{rto("10m")}, problem: []string{"backup-restore cannot meet an RTO of 10m", "at least"}, from: map[string]string{"restore": ""}},
		"an RTO of minutes, a replica would not":  {edits: []edit{rto("5m"), against(operator)}, problem: []string{"backup-restore cannot meet an RTO of 5m", "an RTO of 18m"}},
		"a restore that nobody has seen so quick": {edits: []edit{restoreIn("2m"), rto("8m"), allow("1m", "0s", "1m")}, total: "12m", basis: Assumed, problem: []string{"backup-restore cannot meet an RTO of 8m"}},
		"an RTO that forgets DNS":                 {edits: []edit{restoreIn("45m"), rto("48m")}, total: "49m", basis: Assumed, problem: []string{"forgets DNS", "2m30s", "10s", "48m"}},
		"an RTO that forgets DNS, and more":       {edits: []edit{restoreIn("45m"), rto("47m")}, total: "49m", basis: Assumed, problem: []string{"forgets DNS"}},
		"DNS is declared, and too long":           {edits: []edit{restoreIn("45m"), rto("47m"), allow("1m", "0s", "2m")}, total: "48m", basis: Assumed, problem: []string{"takes 48m"}},
		"a replica is promoted":                   {edits: []edit{pilotLight, rto("20m"), allow("90s", "0s", "2m")}, total: "13m30s", basis: Assumed, from: map[string]string{"promotion": "default"}},
		"and its promotion is declared":           {edits: []edit{pilotLight, rto("20m"), assume(func(a *plan.Assumptions) { a.Promotion = text("5m") })}, total: "9m", basis: Assumed, from: map[string]string{"promotion": "assumptions.promotion"}},
		"a replica that is too slow":              {edits: []edit{pilotLight, rto("12m")}, total: "14m", basis: Assumed, problem: []string{"forgets DNS"}},
		"what an operator destroyed is restored":  {edits: []edit{pilotLight, against(operator), rto("20m"), restoreIn("45m")}, total: "49m", basis: Assumed, problem: []string{"takes 49m"}},
		"drills do not measure promotions":        {edits: []edit{pilotLight, rto("20m")}, drills: drills(20, time.Hour), total: "14m", basis: Assumed},
		"health checks and a record":              {edits: []edit{pilotLight, standby("10s", 3, "60s"), rto("20m")}, total: "12m", basis: Assumed, from: map[string]string{"detection": "standby.healthChecks", "dns": "standby.record.ttl and standby.healthChecks"}},
		"slower health checks":                    {edits: []edit{pilotLight, standby("30s", 3, "60s"), rto("20m")}, total: "14m", basis: Assumed},
		"a record goes before the allowance":      {edits: []edit{pilotLight, standby("30s", 3, "5m"), allow("1s", "0s", "1s"), rto("60m")}, total: "18m", basis: Assumed},
		"a record and nothing that flips it": {edits: []edit{restoreIn("45m"), func(_ *plan.Plan, w *plan.Workload, _ *plan.Database) {
			w.Standby = &plan.Standby{Record: &plan.Record{TTL: text("60s")}}
		}}, total: "49m", basis: Assumed, from: map[string]string{"dns": "standby.record.ttl and a health check of 30s that fails 3 times"}},
		"warming up counts":                             {edits: []edit{restoreIn("45m"), assume(func(a *plan.Assumptions) { a.WarmUp = text("30m") }), allow("90s", "10m", "2m")}, total: "1h28m30s", basis: Declared},
		"a decision that takes long":                    {edits: []edit{restoreIn("45m"), allow("90s", "2h", "2m"), rto("2h30m")}, total: "2h48m30s", basis: Assumed, problem: []string{"takes 2h48m30s", "decision 2h"}},
		"what is known alone is too long":               {edits: []edit{allow("90s", "55m", "2m"), rto("60m")}, problem: []string{"1h8m30s at least"}},
		"a database's assumption before its workload's": {edits: []edit{restoreIn("45m"), func(_ *plan.Plan, _ *plan.Workload, d *plan.Database) { d.Assumptions.Restore = text("20m") }}, total: "24m", basis: Assumed},
		"files of this machine":                         {edits: []edit{kind(plan.KindPostgres), rto("1m")}},
		"files of this machine, declared":               {edits: []edit{kind(plan.KindPostgres), rto("1m"), restoreIn("5m")}, total: "9m", basis: Assumed, problem: []string{"takes 9m"}},
		"files of this machine, measured":               {edits: []edit{kind(plan.KindPostgres), rto("1m")}, drills: drills(3, 30*time.Second), total: "4m30s", basis: Assumed, problem: []string{"takes 4m30s"}},
	} {
		t.Run(name, func(t *testing.T) {
			report := Of(planOf(c.edits...), c.drills)
			r := report.Rows[0].Recovery
			total := ""
			if r.Total.Known() {
				total = short(r.Total.Value)
			}
			if total != c.total || r.Total.Basis != c.basis {
				t.Errorf("takes %q (%s), want %q (%s): %+v", total, r.Total.Basis, c.total, c.basis, r.Parts)
			}
			for part, from := range c.from {
				i := slices.IndexFunc(r.Parts, func(f Figure) bool { return f.Name == part })
				if i < 0 || r.Parts[i].From != from {
					t.Errorf("%s is not from %q: %+v", part, from, r.Parts)
				}
			}
			if len(r.CutBack) == 0 || slices.ContainsFunc(r.Parts, func(f Figure) bool { return f.Name == partData }) {
				t.Errorf("the way back is part of the recovery, or is not told: %+v", r)
			}
			expect(t, report.Problems, "workloads[0].objectives.rto", c.problem)
			if got := ofPath(report.Warnings, "workloads[0].objectives.rto"); len(got) != c.warnings {
				t.Errorf("%d warnings, want %d: %v", len(got), c.warnings, got)
			}
		})
	}
}

// The slowest database decides for its workload, and one that nobody knows of leaves
// it not known.
func TestTheSlowestDatabaseDecides(t *testing.T) {
	p := planOf(restoreIn("20m"), rto("2h"))
	slow := p.Workloads[0].Databases[0]
	slow.Name, slow.Assumptions.Restore = "slow", text("3h")
	p.Workloads[0].Databases = append(p.Workloads[0].Databases, slow)
	report := Of(p, nil)
	if got := report.Workloads[0].Recovery.Total.Value; got != 3*time.Hour+4*time.Minute {
		t.Errorf("the workload takes %v", got)
	}
	expect(t, report.Problems, "workloads[0].objectives.rto", []string{"orders/slow"})

	p = planOf(rto("2h"))
	quick := p.Workloads[0].Databases[0]
	quick.Name, quick.Assumptions.Restore = "quick", text("20m")
	p.Workloads[0].Databases = append(p.Workloads[0].Databases, quick)
	report = Of(p, nil)
	if report.Workloads[0].Recovery.Total.Known() {
		t.Error("the recovery of a database that nobody knows of is known")
	}
	if len(report.Problems) > 0 || len(ofPath(report.Warnings, "workloads[0].objectives.rto")) != 1 {
		t.Errorf("want a warning: %v %v", report.Problems, report.Warnings)
	}
}
