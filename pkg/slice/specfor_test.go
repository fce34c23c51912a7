package slice_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
)

func minutes(n int) plan.Duration { return plan.Duration(time.Duration(n) * time.Minute) }

func samplePlan() plan.Plan {
	one, age := 1.0, minutes(60)
	return plan.Plan{
		Version: 1, Deployment: "prod", Regions: &plan.Regions{Primary: "eu-west-1", Recovery: "eu-central-1"},
		Workloads: []plan.Workload{{
			Name: "orders", Owner: "payments", Objectives: plan.Objectives{RTO: minutes(60), RPO: minutes(30)},
			Allowances: plan.Allowances{Decision: minutes(10)},
			Databases: []plan.Database{
				{
					Name: "local", Kind: plan.KindPostgres, Backups: "backups/*", Binaries: "/opt/pg/bin",
					Limits: plan.Limits{Restore: minutes(7)},
					Checks: []plan.Check{
						{Name: "rows", SQL: "select 1", Expect: &plan.Expect{Min: &one}},
						{Name: "fresh", SQL: "select now()", Stage: plan.StageProof, Expect: &plan.Expect{MaxAge: &age}},
					},
				},
				{Name: "cloud", Kind: plan.KindRDSInstance, Source: "orders-prod", Checks: []plan.Check{{Name: "rows", SQL: "select 1"}}},
			},
		}},
	}
}

func TestSpecFor(t *testing.T) {
	p, places := samplePlan(), slice.Places{Plan: "/etc/lifeboat", Scratch: "/var/scratch"}
	off := false
	p.Workloads[0].Databases[0].BuiltinChecks.Amcheck = &off
	got, err := slice.SpecFor(p, "orders/local", places)
	if err != nil {
		t.Fatal(err)
	}
	one, hour := 1.0, 3600.0
	builtin := drill.BuiltInChecks()
	want := drill.Spec{
		Deployment: "prod", Workload: "orders", Database: "local", Owner: "payments", Kind: "postgres", Scenario: plan.ScenarioOperatorError,
		Objectives: drill.Objectives{RTOSeconds: 3600, RPOSeconds: 1800}, Allowances: drill.Allowances{DecisionSeconds: 600},
		Checks: []drill.Check{
			{Name: "rows", Kind: drill.CheckSQL, Stage: drill.Gate, SQL: "select 1", Expect: &drill.Expect{Min: &one}},
			{Name: "fresh", Kind: drill.CheckSQL, Stage: drill.Proof, SQL: "select now()", Expect: &drill.Expect{MaxAgeSeconds: &hour}},
			builtin[0], builtin[1],
		},
		Postgres: &drill.PostgresSource{Backups: "/etc/lifeboat/backups/*", Binaries: "/opt/pg/bin", Scratch: "/var/scratch"},
	}
	want.Limits = drill.LocalLimits(want.Objectives)
	want.Limits.RestoreSeconds = 420
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// deployed is what a deployment made in the region of the drill.
func deployed() slice.Places {
	return slice.Places{SubnetGroup: "isolated", SecurityGroups: []string{"sg-1"}}
}

func TestSpecForRDS(t *testing.T) {
	on := true
	type where struct {
		drill.Place
		drill.RDSSource
	}
	base := where{
		drill.Place{PrimaryRegion: "eu-west-1", RecoveryRegion: "eu-central-1", SubnetGroup: "isolated", SecurityGroups: []string{"sg-1"}},
		drill.RDSSource{Instance: "orders-prod", Login: drill.LoginManagedPassword},
	}
	tests := map[string]struct {
		reason string
		change func(*plan.Plan, *plan.Database)
		places slice.Places
		want   func(*where)
		checks int
	}{
		"defaults":        {"the deployment's network, the master's password", func(*plan.Plan, *plan.Database) {}, deployed(), func(*where) {}, 1},
		"upper case":      {"RDS stores it in lower case", func(_ *plan.Plan, d *plan.Database) { d.Source = "Orders-Prod" }, deployed(), func(*where) {}, 1},
		"no subnet group": {"the deployment's is named after it", func(*plan.Plan, *plan.Database) {}, slice.Places{SecurityGroups: []string{"sg-1"}}, func(r *where) { r.SubnetGroup = "lifeboat-prod" }, 1},
		"declared": {"the plan wins", func(p *plan.Plan, d *plan.Database) {
			p.Accounts = &plan.Accounts{Primary: "111122223333", Recovery: "444455556666"}
			d.Login, d.User, d.Database = plan.LoginIAM, "drill", "shop"
			d.Drill = plan.Drill{
				From: plan.FromCopy, InstanceClass: "db.t4g.medium",
				ParameterGroup: "pg", OptionGroup: "og", KMSKey: "alias/orders",
			}
		}, deployed(), func(r *where) {
			r.PrimaryAccount, r.RecoveryAccount = "111122223333", "444455556666"
			r.Login, r.User, r.Database = drill.LoginIAM, "drill", "shop"
			r.From, r.InstanceClass = drill.FromCopy, "db.t4g.medium"
			r.ParameterGroup, r.OptionGroup, r.KMSKey = "pg", "og", "alias/orders"
		}, 1},
		"deep read": {"only what is asked for", func(_ *plan.Plan, d *plan.Database) { d.BuiltinChecks.HeapRead = &on }, deployed(), func(*where) {}, 2},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			p, want := samplePlan(), base
			tc.change(&p, &p.Workloads[0].Databases[1])
			tc.want(&want)
			got, err := slice.SpecFor(p, "orders/cloud", tc.places)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, where{got.Place, *got.RDS}); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
			if got.Scenario != plan.ScenarioRegionLoss || got.Postgres != nil || len(got.Checks) != tc.checks {
				t.Errorf("%s: %+v", tc.reason, got)
			}
			if diff := cmp.Diff(drill.CloudLimits(got.Objectives), got.Limits); diff != "" {
				t.Errorf("limits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSpecForCustomCheck(t *testing.T) {
	p := samplePlan()
	p.Workloads[0].Databases[1].Checks = nil
	p.Workloads[0].Databases[1].CustomCheck = &plan.CustomCheck{Name: "shop", Function: "arn"}
	got, err := slice.SpecFor(p, "orders/cloud", deployed())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&drill.CustomCheck{Name: "shop", Function: "arn"}, got.CustomCheck); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Checks == nil || len(got.Checks) != 0 || len(got.AllChecks()) != 1 {
		t.Errorf("an empty list of checks is no null in the machine: %#v", got.Checks)
	}
}

// A check keeps the kind that the plan gives it: put as sql it would be asked
// something else, or nothing.
func TestSpecForKindsOfChecks(t *testing.T) {
	p := samplePlan()
	checks := p.Workloads[0].Databases[1].Checks
	p.Workloads[0].Databases[1].Checks = append(checks[:len(checks):len(checks)],
		plan.Check{Name: "named", Kind: plan.CheckSQL, SQL: "select 1"}, plan.Check{Name: "another", Kind: "row-count"})
	got, err := slice.SpecFor(p, "orders/cloud", deployed())
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]drill.CheckKind{}
	for _, c := range got.Checks {
		kinds[c.Name] = c.Kind
	}
	if kinds[checks[0].Name] != drill.CheckSQL || kinds["named"] != drill.CheckSQL || kinds["another"] != "row-count" {
		t.Errorf("kinds: %v", kinds)
	}
}

// The name may be left out where the plan has one database.
func TestSpecForTheOnlyDatabase(t *testing.T) {
	p := samplePlan()
	p.Workloads[0].Databases = p.Workloads[0].Databases[1:]
	for _, name := range []string{"", "orders", "orders/cloud"} {
		spec, hash, err := slice.FixedPlan{Plan: p, Places: deployed()}.Drill(context.Background(), name)
		if err != nil || spec.Name() != "orders/cloud" || hash != p.Hash() {
			t.Errorf("%q: %s %s %v", name, spec.Name(), hash, err)
		}
	}
}

func TestSpecForRefuses(t *testing.T) {
	clash := samplePlan()
	clash.Workloads[0].Databases[0].Checks[0].Name = drill.BuiltInChecks()[0].Name
	of := func(change func(*plan.Database)) plan.Plan {
		p := samplePlan()
		change(&p.Workloads[0].Databases[1])
		return p
	}
	kind := func(kind string) plan.Plan { return of(func(d *plan.Database) { d.Kind = kind }) }
	on := true
	tests := map[string]struct {
		reason  string
		plan    plan.Plan
		name    string
		want    drill.ErrorName
		mention string
	}{
		"misspelt":  {"the names are listed", samplePlan(), "orders/locale", drill.UnknownDatabase, "orders/local, orders/cloud"},
		"ambiguous": {"nobody guesses which database to restore", samplePlan(), "orders", drill.UnknownDatabase, "orders/local, orders/cloud"},
		"no name":   {"nobody guesses which database to restore", samplePlan(), "", drill.UnknownDatabase, "orders/local, orders/cloud"},
		"no plan":   {"an empty plan has nothing", plan.Plan{}, "", drill.UnknownDatabase, ""},
		"same name": {"one check's result would stand for both", clash, "orders/local", drill.InvalidInput, "two checks"},
		"same name as the function": {"one check's result would stand for both", of(func(d *plan.Database) {
			d.BuiltinChecks.HeapRead, d.CustomCheck = &on, &plan.CustomCheck{Name: drill.BuiltInChecks()[0].Name}
		}), "orders/cloud", drill.InvalidInput, "two checks"},
	}
	for _, name := range plan.KindNames(func(k plan.Kind) bool { return !k.Drillable }) {
		c := tests["no plan"]
		c.reason, c.plan, c.name, c.want, c.mention = "no adapter restores it", kind(name), "orders/cloud", drill.InvalidInput, "kind "+name+", which cannot be drilled yet"
		tests[name] = c
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := slice.FixedPlan{Plan: tc.plan, Places: deployed()}.Drill(context.Background(), tc.name)
			var named *drill.Error
			if !errors.As(err, &named) || named.Name != tc.want || named.Hint == "" {
				t.Fatalf("%s: %v, want %s with a hint", tc.reason, err, tc.want)
			}
			if !strings.Contains(err.Error(), tc.mention) {
				t.Errorf("%s: %q does not say %q", tc.reason, err, tc.mention)
			}
		})
	}
}

// Without a network of its own a copy on AWS would get the VPC's default one.
func TestSpecForRefusesAnOpenNetwork(t *testing.T) {
	_, err := slice.SpecFor(samplePlan(), "orders/cloud", slice.Places{SubnetGroup: "isolated"})
	if drill.NameOf(err) != drill.InvalidInput {
		t.Errorf("%v", err)
	}
}

// The plan may lie in a folder whose name looks like a pattern.
func TestSpecForQuotesTheFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a [b] *c?")
	backup := filepath.Join(folder, "backups", "one.dump")
	if err := os.MkdirAll(filepath.Dir(backup), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(backup, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	spec, err := slice.SpecFor(samplePlan(), "orders/local", slice.Places{Plan: folder})
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(spec.Postgres.Backups)
	if diff := cmp.Diff([]string{backup}, found); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// Every kind that can be drilled has a plan in examples/, and a case here: one
// without would be refused at the start of each drill, in a plan that is accepted.
func TestEveryDrillableKindHasASpec(t *testing.T) {
	files, err := filepath.Glob("../../examples/*/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, file := range files {
		loaded, err := planfile.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range loaded.Plan.Names() {
			spec, err := slice.SpecFor(loaded.Plan, name, deployed())
			if err != nil {
				t.Errorf("%s of %s: %v", name, file, err)
			}
			kinds[spec.Kind] = true
		}
	}
	for _, kind := range plan.KindNames(plan.Drillable) {
		if !kinds[kind] {
			t.Errorf("no plan in examples/ has a database of kind %s that can be drilled", kind)
		}
	}
}
