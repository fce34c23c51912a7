package rounds_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
)

const protected = "arn:aws:rds:eu-west-1:111122223333:db:orders-prod"

// guarded is an account in which the plan's database is backed up as it should be.
// What is in deaf answers nothing.
type guarded struct {
	now   time.Time
	deaf  map[string]error
	asked []string
	made  time.Time // the vaults
}

func (g *guarded) ask(what string) error {
	g.asked = append(g.asked, what)
	return g.deaf[what]
}

func (g *guarded) arn(vault string) string {
	region := "eu-west-1"
	if vault == "lifeboat-prod-copies" {
		region = "eu-central-1"
	}
	return "arn:aws:backup:" + region + ":111122223333:backup-vault:" + vault
}

func (g *guarded) Jobs(_ context.Context, _ time.Time) (map[string][]protection.Job, error) {
	at := g.now.Add(-time.Hour)
	return map[string][]protection.Job{protected: {{ID: "1", Resource: protected, Vault: g.arn("lifeboat-prod"), Point: "point", Rule: "hourly", State: "COMPLETED", Created: at, Completed: at}}}, g.ask("jobs")
}

func (g *guarded) CopyJobs(context.Context, time.Time) (map[string][]protection.Copy, error) {
	at := g.now.Add(-time.Hour)
	return map[string][]protection.Copy{protected: {{ID: "2", Resource: protected, To: g.arn("lifeboat-prod-copies"), Point: "point", Rule: "hourly", State: "COMPLETED", Created: at, Completed: at}}}, g.ask("copy jobs")
}

func (g *guarded) OptedIn(context.Context) (map[string]bool, error) {
	return map[string]bool{"RDS": true}, g.ask("opt-ins")
}

func (g *guarded) Vault(_ context.Context, name string) (protection.Vault, error) {
	return protection.Vault{ARN: g.arn(name), There: true, Made: g.made, Locked: true, Min: 35 * 24 * time.Hour, Max: 35 * 24 * time.Hour, DeniesDeletion: true}, g.ask("vault " + name)
}

func (g *guarded) Points(_ context.Context, vault string, _ time.Time) (map[string][]protection.Point, error) {
	at := g.now.Add(-time.Hour)
	return map[string][]protection.Point{protected: {{ARN: "point", Resource: protected, Vault: g.arn(vault), Rule: "hourly", Status: "COMPLETED", Created: at, Completed: at, Encrypted: true}}}, g.ask("points of " + vault)
}

func (g *guarded) Native(_ context.Context, region string) (map[string]protection.Window, error) {
	return map[string]protection.Window{protected: {Latest: g.now, Retention: 7}}, g.ask("native in " + region)
}

func (g *guarded) Replicated(_ context.Context, region string) (map[string]protection.Window, error) {
	return map[string]protection.Window{protected: {Latest: g.now.Add(-10 * time.Minute), Retention: 7}}, g.ask("replicated in " + region)
}

func (g *guarded) SendsEvents(_ context.Context, bucket string) (bool, error) {
	return true, g.ask("events of " + bucket)
}

func protectedPlan() plan.Plan {
	yes := true
	d := plan.Database{Name: "a", Kind: plan.KindRDSInstance, Backup: &plan.DatabaseBackup{PointInTime: plan.PointInTimeReplicated}}
	d.Source, d.Drill.Scenario = "orders-prod", plan.ScenarioRegionLoss
	return plan.Plan{
		Version: 1, Deployment: "prod", Regions: &plan.Regions{Primary: "eu-west-1", Recovery: "eu-central-1"},
		Backup:    &plan.Backup{Manage: &yes, Rules: []plan.BackupRule{{Name: "hourly", Schedule: "cron(0 * * * ? *)", Copy: &yes}}},
		Workloads: []plan.Workload{{Name: "orders", Objectives: plan.Objectives{RTO: plan.Duration(4 * time.Hour), RPO: plan.Duration(12 * time.Hour)}, Databases: []plan.Database{d}}},
	}
}

type published struct{ list []drill.Metric }

func (p *published) Publish(_ context.Context, list []drill.Metric) error {
	p.list = append(p.list, list...)
	return nil
}

// figure of a database, else of the deployment.
func (p *published) figure(name string) (value float64, there bool) {
	for _, m := range p.list {
		if m.Name == name && (m.Dimensions["Workload"] == "" || m.Dimensions["Database"] != "") {
			return m.Value, true
		}
	}
	return 0, false
}

func monitorOf(g *guarded, p plan.Plan) (rounds.ProtectionMonitor, *published) {
	sink := &published{}
	return rounds.ProtectionMonitor{
		Names: deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}, Plan: p, Jobs: g, Primary: g, Home: g, Automated: g, Buckets: g,
		Metrics: sink, Clock: clock.NewVirtual(g.now),
	}, sink
}

func TestProtectionMonitor(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	denied := &drill.Error{Name: drill.Unexpected, What: "listing: denied", Hint: "allow it"}
	slow := &drill.Error{Name: drill.Transient, What: "listing: no answer"}
	tests := map[string]struct {
		reason   string
		deaf     map[string]error
		findings []string
		unknown  float64
		figures  []string // of headrooms, those that are there
	}{
		"well":          {"", nil, nil, 0, []string{protection.CopyHeadroom, protection.ReplicationHeadroom}},
		"jobs denied":   {"what is denied is unknown, never none; the rest is judged", map[string]error{"jobs": denied}, []string{protection.Unknown}, 1, []string{protection.CopyHeadroom, protection.ReplicationHeadroom}},
		"copies denied": {"no headroom, and no alarm that says that there are none", map[string]error{"points of lifeboat-prod-copies": denied}, []string{protection.Unknown}, 1, []string{protection.ReplicationHeadroom}},
		"vault denied":  {"what lies in it is judged all the same", map[string]error{"vault lifeboat-prod-copies": denied}, []string{protection.Unknown}, 1, []string{protection.CopyHeadroom, protection.ReplicationHeadroom}},
		"lost region":   {"nobody waits for it once for each call", map[string]error{"vault lifeboat-prod": slow}, []string{protection.Unknown}, 1, []string{protection.CopyHeadroom, protection.ReplicationHeadroom}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			g := &guarded{now: now, deaf: tc.deaf, made: now.Add(-90 * 24 * time.Hour)}
			m, sink := monitorOf(g, protectedPlan())
			out, err := m.Handle(t.Context(), rounds.ProtectionMonitorIn{})
			if err != nil {
				t.Fatalf("a round does not fail of what could not be asked: %v", err)
			}
			var codes []string
			for _, f := range out.Findings {
				if f.Count != 1 || !slices.Equal(f.Databases, []string{"orders/a"}) {
					t.Errorf("%+v", f)
				}
				codes = append(codes, f.Code)
			}
			if diff := cmp.Diff(tc.findings, slices.Compact(codes)); diff != "" {
				t.Errorf("%s (-want +got):\n%s\n%+v", tc.reason, diff, out.Findings)
			}
			for _, name := range []string{protection.CopyHeadroom, protection.ReplicationHeadroom} {
				if _, there := sink.figure(name); there != slices.Contains(tc.figures, name) {
					t.Errorf("%s: %s is there: %t", tc.reason, name, there)
				}
			}
			if unknown, _ := sink.figure(protection.UnknownSubjects); unknown != tc.unknown {
				t.Errorf("%g unknown", unknown)
			}
			if found, there := sink.figure(protection.Findings); found != 0 || !there {
				t.Errorf("%g findings: zero is published as well, and what is unknown is none", found)
			}
			if ran, _ := sink.figure(protection.Ran); ran != 1 {
				t.Error("it did not say that it ran")
			}
			if name == "lost region" && len(g.asked) != 4 {
				t.Errorf("asked %v", g.asked)
			}
		})
	}
}

// A vault that could not be asked is unknown also where no rule of a database uses
// it: what the plan says of its lock would else be held against nothing, in silence.
func TestProtectionMonitorOfAVaultThatNoRuleUses(t *testing.T) {
	no := false
	p := protectedPlan()
	p.Backup = &plan.Backup{Manage: &no, Vault: "team", RecoveryVault: "team-copies", Immutability: plan.ImmutabilityCompliance}
	denied := &drill.Error{Name: drill.Unexpected, What: "vault: denied", Hint: "allow it"}
	g := &guarded{now: time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC), deaf: map[string]error{"vault team": denied, "vault team-copies": denied}}
	m, sink := monitorOf(g, p)
	out, err := m.Handle(t.Context(), rounds.ProtectionMonitorIn{})
	if err != nil {
		t.Fatal(err)
	}
	if unknown, _ := sink.figure(protection.UnknownSubjects); unknown != 1 || len(out.Findings) != 1 || out.Findings[0].Code != protection.Unknown {
		t.Errorf("%g unknown: %+v", unknown, out.Findings)
	}
}

// Without a policy nothing is asked and nothing is judged as good.
func TestProtectionMonitorWithoutPolicy(t *testing.T) {
	p := protectedPlan()
	p.Backup, p.Workloads[0].Databases[0].Backup = nil, nil
	g := &guarded{now: time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)}
	m, sink := monitorOf(g, p)
	if _, err := m.Handle(t.Context(), rounds.ProtectionMonitorIn{}); err != nil || len(g.asked) > 0 || len(sink.list) != 1 || sink.list[0].Name != protection.Ran {
		t.Errorf("%v, asked %v, published %v", err, g.asked, sink.list)
	}
}

// Another account is not asked, which is said once.
func TestProtectionMonitorOfAnotherAccount(t *testing.T) {
	p := protectedPlan()
	p.Accounts = &plan.Accounts{Primary: "999988887777", Recovery: "111122223333"}
	g := &guarded{now: time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)}
	m, sink := monitorOf(g, p)
	out, err := m.Handle(t.Context(), rounds.ProtectionMonitorIn{})
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range g.asked {
		if !slices.Contains([]string{"vault lifeboat-prod-copies", "points of lifeboat-prod-copies", "replicated in eu-central-1"}, what) {
			t.Errorf("asked for %s", what)
		}
	}
	said := 0
	for _, f := range out.Findings {
		if f.Code == protection.OtherAccount {
			said++
		}
	}
	if unknown, _ := sink.figure(protection.UnknownSubjects); said != 1 || unknown != 0 {
		t.Errorf("said %d times, %g unknown: %+v", said, unknown, out.Findings)
	}
}

type deafSink struct{}

func (deafSink) Publish(context.Context, []drill.Metric) error { return errors.New("denied") }

func TestProtectionMonitorThatCannotPublish(t *testing.T) {
	m, _ := monitorOf(&guarded{now: time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)}, protectedPlan())
	m.Metrics = deafSink{}
	if _, err := m.Handle(t.Context(), rounds.ProtectionMonitorIn{}); drill.NameOf(err) != drill.MetricsFailed {
		t.Errorf("%v", err)
	}
}

// A fleet of which nothing is backed up says more than a line of a log holds: the
// first, and how many more.
func TestProtectionMonitorOfAFleet(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	p := protectedPlan()
	d := p.Workloads[0].Databases[0]
	p.Workloads[0].Databases = nil
	for i := range 1000 {
		d.Name, d.Source = fmt.Sprint("db-", i), fmt.Sprint("orders-", i)
		p.Workloads[0].Databases = append(p.Workloads[0].Databases, d)
	}
	monitor, sink := monitorOf(&guarded{now: now}, p)
	out, err := monitor.Handle(t.Context(), rounds.ProtectionMonitorIn{})
	if err != nil || len(out.Findings) != 200 || out.Left < 800 {
		t.Errorf("%d said, %d left, %v", len(out.Findings), out.Left, err)
	}
	for _, m := range sink.list {
		if m.Name == protection.Findings && m.Dimensions["Workload"] == "" && m.Value < 1000 {
			t.Errorf("the figure counts %v of them", m.Value)
		}
	}
}
