package step_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
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
	p, places := samplePlan(), step.Places{Plan: "/etc/lifeboat", Scratch: "/var/scratch"}
	off := false
	p.Workloads[0].Databases[0].BuiltinChecks.Amcheck = &off
	got, err := step.SpecFor(p, "orders/local", places)
	if err != nil {
		t.Fatal(err)
	}
	one, hour := 1.0, 3600.0
	builtin := drill.BuiltInChecks(drill.KindPostgres)
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
	want.Limits = drill.DefaultLimits("postgres", want.Objectives)
	want.Limits.RestoreSeconds = 420
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSpecForTheCloud(t *testing.T) {
	got, err := step.SpecFor(samplePlan(), "orders/cloud", step.Places{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Scenario != plan.ScenarioRegionLoss || got.Postgres != nil || len(got.Checks) != 1 || got.Limits.ValidateSeconds > 870 {
		t.Errorf("%+v", got)
	}
}

func TestSpecForRefuses(t *testing.T) {
	clash := samplePlan()
	clash.Workloads[0].Databases[0].Checks[0].Name = drill.BuiltInChecks(drill.KindPostgres)[0].Name
	tests := map[string]struct {
		reason string
		plan   plan.Plan
		name   string
		want   drill.ErrorName
	}{
		"misspelt":  {"the names are listed", samplePlan(), "orders/locale", drill.UnknownDatabase},
		"ambiguous": {"nobody guesses which database to restore", samplePlan(), "orders", drill.UnknownDatabase},
		"no plan":   {"an empty plan has nothing", plan.Plan{}, "", drill.UnknownDatabase},
		"same name": {"one check's result would stand for both", clash, "orders/local", drill.InvalidInput},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := step.FixedPlan{Plan: tc.plan}.Drill(context.Background(), tc.name)
			if drill.NameOf(err) != tc.want {
				t.Errorf("%s: %v, want %s", tc.reason, err, tc.want)
			}
		})
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
	spec, err := step.SpecFor(samplePlan(), "orders/local", step.Places{Plan: folder})
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(spec.Postgres.Backups)
	if diff := cmp.Diff([]string{backup}, found); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
