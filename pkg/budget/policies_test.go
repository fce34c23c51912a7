package budget

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

func TestPoliciesAreComplete(t *testing.T) {
	yes, no := true, false
	for name, c := range map[string]struct {
		edits []edit
		want  plan.BackupRule
	}{
		"derived": {nil, plan.BackupRule{
			Name: "daily", Schedule: "cron(0 0 * * ? *)", StartWindow: text("60m"), CompletionWindow: text("7d"), Retention: text("35d"), Copy: &yes, CopyRetention: text("35d"),
		}},
		"nowhere to copy to": {[]edit{oneRegion}, plan.BackupRule{
			Name: "daily", Schedule: "cron(0 0 * * ? *)", StartWindow: text("60m"), CompletionWindow: text("7d"), Retention: text("35d"), Copy: &no,
		}},
		"the plan's retention": {[]edit{func(p *plan.Plan, _ *plan.Workload, _ *plan.Database) { p.Backup.Retention = text("10d") }}, plan.BackupRule{
			Name: "daily", Schedule: "cron(0 0 * * ? *)", StartWindow: text("60m"), CompletionWindow: text("7d"), Retention: text("10d"), Copy: &yes, CopyRetention: text("10d"),
		}},
		"what is said stays": {[]edit{rule("0 5 * * ? *", startWindow("2h"), keep("20d"), keepCopy("30d"))}, plan.BackupRule{
			Name: "r0", Schedule: "cron(0 5 * * ? *)", StartWindow: text("2h"), CompletionWindow: text("7d"), Retention: text("20d"), Copy: &yes, CopyRetention: text("30d"),
		}},
		"no copy has no retention": {[]edit{rule("0 5 * * ? *", noCopy)}, plan.BackupRule{
			Name: "r0", Schedule: "cron(0 5 * * ? *)", StartWindow: text("60m"), CompletionWindow: text("7d"), Retention: text("35d"), Copy: &no,
		}},
	} {
		p := planOf(c.edits...)
		before := p.Hash()
		policy, found := Policies(p)["orders/db"]
		if !found || len(policy.Rules) != 1 {
			t.Errorf("%s: %+v", name, policy)
			continue
		}
		if diff := cmp.Diff(c.want, policy.Rules[0]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if p.Hash() != before {
			t.Errorf("%s: the plan was changed", name)
		}
	}
}

func TestPoliciesAreOfDatabasesOnAWS(t *testing.T) {
	if got := Policies(planOf(kind(plan.KindPostgres))); len(got) != 0 {
		t.Errorf("files have policies: %v", got)
	}
	if got := Policies(planOf(noBackup)); len(got) != 1 || got["orders/db"].Known() {
		t.Errorf("nobody says anything: %v", got)
	}
}

// How old the newest points may grow is what monitors raise by.
func TestAges(t *testing.T) {
	for name, c := range map[string]struct {
		edits                     []edit
		backups, copies, replicas time.Duration
	}{
		"daily":                   {nil, hours(49.5), hours(50.5), 0},
		"no copies":               {[]edit{oneRegion}, hours(49.5), 0, 0},
		"replicated":              {[]edit{rpo("1h")}, hours(49.5), hours(50.5), 20 * time.Minute},
		"its lag is said":         {[]edit{rpo("1h"), assume(func(a *plan.Assumptions) { a.Replication = text("30m") })}, hours(49.5), hours(50.5), 30 * time.Minute},
		"nothing":                 {[]edit{noBackup}, 0, 0, 0},
		"points in time only":     {[]edit{unmanaged, pit(plan.PointInTimeNative)}, 0, 0, 0},
		"a tie: the better order": {[]edit{rule("0 5 * * ? *"), rule("0 * * * ? *", noCopy)}, hours(6), hours(50.5), 0},
		"unbounded: as if there were no maintenance": {[]edit{rule("0 5 ? * SUN *"), rpo("30d")}, hours(7*24 + 1.5), hours(7*24 + 2.5), 0},
	} {
		policy := Policies(planOf(c.edits...))["orders/db"]
		if policy.BackupAge != c.backups || policy.CopyAge != c.copies || policy.ReplicationLag != c.replicas {
			t.Errorf("%s: backups %v, copies %v, replicas %v", name, policy.BackupAge, policy.CopyAge, policy.ReplicationLag)
		}
	}
}

// The other scenarios are shown, where the plan has a place that survives them.
func TestOtherScenariosAreShown(t *testing.T) {
	row := Of(planOf(against(account)), nil).Rows[0]
	var got []string
	for _, l := range row.Losses {
		got = append(got, l.Scenario)
		if l.Judged != (l.Scenario == account) {
			t.Errorf("%s is judged: %v", l.Scenario, l.Judged)
		}
	}
	if want := []string{account, region, operator}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if row := Of(planOf(oneRegion), nil).Rows[0]; len(row.Losses) != 1 || row.Losses[0].Scenario != operator {
		t.Errorf("one region: %+v", row.Losses)
	}
}

// A computed figure is as good as the weakest of those that it is made of.
func TestTheBasisOfALoss(t *testing.T) {
	said := assume(func(a *plan.Assumptions) { a.Backup, a.Copy = text("20m"), text("40m") })
	for name, c := range map[string]struct {
		edits []edit
		want  Basis
	}{
		"all is said":                  {[]edit{said, window("sun:12:00-sun:12:30")}, Declared},
		"nobody says the window":       {[]edit{said}, Assumed},
		"nobody says the copy":         {[]edit{assume(func(a *plan.Assumptions) { a.Backup = text("20m") }), window("sun:12:00-sun:12:30")}, Assumed},
		"which nobody needs, at home":  {[]edit{assume(func(a *plan.Assumptions) { a.Backup = text("20m") }), window("sun:12:00-sun:12:30"), against(operator)}, Declared},
		"a point in time, assumed":     {[]edit{rpo("1h")}, Assumed},
		"a point in time, as declared": {[]edit{rpo("1h"), assume(func(a *plan.Assumptions) { a.Replication = text("30m") })}, Declared},
	} {
		p := planOf(c.edits...)
		if got := Of(p, nil).Rows[0].Losses[0].Worst.Basis; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	automated := func(text string) edit {
		return func(_ *plan.Plan, _ *plan.Workload, d *plan.Database) { own(d).AutomatedWindow = text }
	}
	const at = "workloads[0].databases[0].backup.automatedWindow"
	for name, c := range map[string]struct {
		edits []edit
		path  string
		want  bool
	}{
		"the automated backups begin in a start window": {[]edit{rule("0 5 * * ? *"), automated("05:30-06:00")}, at, true},
		"a backup begins in their window":               {[]edit{rule("0 5 * * ? *"), automated("04:45-05:15")}, at, true},
		"across midnight":                               {[]edit{rule("30 23 * * ? *"), automated("00:15-00:45")}, at, true},
		"elsewhere":                                     {[]edit{rule("0 5 * * ? *"), automated("06:00-06:30")}, at, false},
		"a continuous rule takes the window over":       {[]edit{rule("0 5 * * ? *", continuous, noCopy), against(operator), automated("05:30-06:00")}, at, false},
		"compliance": {[]edit{func(p *plan.Plan, _ *plan.Workload, _ *plan.Database) {
			p.Backup.Immutability = plan.ImmutabilityCompliance
		}}, "backup.immutability", true},
		"governance": {[]edit{func(p *plan.Plan, _ *plan.Workload, _ *plan.Database) {
			p.Backup.Immutability = plan.ImmutabilityGovernance
		}}, "backup.immutability", false},
	} {
		warnings := ofPath(Of(planOf(c.edits...), nil).Warnings, c.path)
		if (len(warnings) == 1) != c.want || len(warnings) > 1 {
			t.Errorf("%s: %v", name, warnings)
		}
	}
}

// A fleet that nobody says anything of is told once, not ten thousand times.
func TestWhatCannotBeJudgedIsToldOnce(t *testing.T) {
	p := planOf(noBackup)
	for range 9 {
		w := p.Workloads[0]
		p.Workloads = append(p.Workloads, w)
	}
	report := Of(p, nil)
	if len(report.Warnings) != 2 || !strings.Contains(report.Warnings[0].What, "10 databases") || !strings.Contains(report.Warnings[1].What, "10 workloads") {
		t.Errorf("%v", report.Warnings)
	}
}

// What is not known is null in the JSON, and never zero.
func TestUnknownIsNull(t *testing.T) {
	text, err := json.Marshal(Of(planOf(noBackup), nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"worst":{"name":"worst-case loss","seconds":null}`, `"total":{"name":"recovery time","seconds":null}`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s does not stand in %s", want, text)
		}
	}
}
