package budget

import (
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// A hundred years are a duration that a plan may have; three times a hundred are more
// than one holds. What wraps around is negative, and would meet every target.
func TestSumsDoNotWrapAround(t *testing.T) {
	const century = "36500d"
	p := planOf(restoreIn(century), assume(func(a *plan.Assumptions) { a.WarmUp = text(century) }), allow("90s", century, "2m"), rto("36500d1h"))
	report := Of(p, nil)
	if total := report.Rows[0].Recovery.Total.Value; total < 200*365*day {
		t.Errorf("three centuries are %s in all", total)
	}
	if got := report.Problems; len(got) != 1 || got[0].Path != "workloads[0].objectives.rto" {
		t.Errorf("%v", got)
	}
	measured := Of(planOf(), Measurements{"orders/db": {Seconds: []float64{1e300}}})
	if len(measured.Problems) != 1 {
		t.Errorf("a restore that no int64 holds is refused: %v", measured.Problems)
	}
}

// What is not known of one database is not hidden by another that is slower as far as
// anybody knows.
func TestUnknownBesideASlowerOne(t *testing.T) {
	p := planOf(func(_ *plan.Plan, w *plan.Workload, d *plan.Database) {
		w.Databases = append(w.Databases, plan.Database{Name: "files", Kind: plan.KindPostgres, Assumptions: plan.Assumptions{Restore: text("1h")}})
	})
	report := Of(p, nil)
	if got := ofPath(report.Warnings, "workloads[0].objectives.rto"); len(got) != 1 {
		t.Errorf("that the recovery time is not judged is not told: %v", report.Warnings)
	}
	recovery := report.Workloads[0].Recovery
	if restore, _ := part(&recovery, partRestore); recovery.Total.Known() || restore.Known() {
		t.Errorf("what is not known is not among the parts: %+v", recovery.Parts)
	}
}

// Whoever has no RPO may write a hundred years: nothing but daily backups follows, and
// no warning that little of it is left.
func TestATargetOfACentury(t *testing.T) {
	for _, scenario := range plan.Scenarios {
		report := Of(planOf(rpo("36500d"), rto("36500d"), restoreIn("1h"), against(scenario)), nil)
		row := report.Rows[0]
		if len(report.Problems)+len(report.Warnings) > 0 || len(row.Policy.Rules) != 1 || row.Policy.Rules[0].Name != "daily" || row.Policy.PointInTime != "" {
			t.Errorf("%s: %v %v %+v", scenario, report.Problems, report.Warnings, row.Policy)
		}
	}
	for _, c := range []struct {
		worst, target time.Duration
		want          bool
	}{{4, 5, true}, {5, 5, false}, {4, 6, true}, {5, 6, false}, {0, 0, true}, {1, 1, false}, {5, 7, true}, {6, 7, false}} {
		if roomy(c.worst, c.target) != c.want {
			t.Errorf("%d of %d", c.worst, c.target)
		}
	}
}
