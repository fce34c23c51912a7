package slice_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
)

func recoveringPlan(t *testing.T) plan.Plan {
	t.Helper()
	loaded, err := planfile.Load("../../examples/recovery/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Plan
}

func TestRecoveryOfTheExample(t *testing.T) {
	p := recoveringPlan(t)
	planned, err := slice.FixedPlan{Plan: p, Places: deployed()}.Recovery(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]recovery.Kind{}
	for i, s := range planned.Steps {
		kinds[s.Node.ID] = s.Node.Kind
		if s.Number != i+1 || s.Status.State != recovery.Waiting || s.Status.Attempt != 1 || s.Spec.Workload != "shop" || s.Spec.TimeoutSeconds <= 0 {
			t.Errorf("step %d: %+v", i, s)
		}
	}
	if len(planned.Steps) != 11 || kinds["shop/ready"] != recovery.Validate || kinds["shop/warm-cache"] != recovery.Invoke {
		t.Errorf("steps: %v", kinds)
	}
	if planned.PlanHash != p.Hash() || planned.Deployment != "prod" {
		t.Errorf("%s of %s", planned.PlanHash, planned.Deployment)
	}
	if diff := cmp.Diff(map[recovery.Mode]float64{recovery.Exercise: 600, recovery.Failover: 3600}, planned.DecisionSeconds); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	want := recovery.Workload{Name: "shop", Owner: "shop-team", RTOSeconds: 7200, RPOSeconds: 3600, DetectionSeconds: 90, AllowedSeconds: 600, DNSSeconds: 120}
	if diff := cmp.Diff([]recovery.Workload{want}, planned.Workloads); diff != "" {
		t.Errorf("workloads (-want +got):\n%s", diff)
	}
}

// What a step is to do is complete: nothing reads the plan once it runs.
func TestStepsAreComplete(t *testing.T) {
	planned, err := slice.RecoveryFor(context.Background(), recoveringPlan(t), "shop", true, deployed(), nil)
	if err != nil {
		t.Fatal(err)
	}
	steps := map[string]recovery.Record{}
	for _, s := range planned.Steps {
		steps[s.Node.ID] = s
	}
	both := []string{"shop/customers-db", "shop/orders-db"}
	if diff := cmp.Diff(both, steps["shop/ready"].Spec.Databases); diff != "" {
		t.Errorf("validated databases (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"shop/customers-endpoint", "shop/orders-endpoint"}, steps["shop/warm-cache"].Node.After); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	if got := steps["shop/orders-endpoint"].Spec; got.Store != plan.StoreSSM || got.Database != "shop/orders-db" {
		t.Errorf("endpoint: %+v", got)
	}
	if got := steps["shop/warm-cache"].Spec; got.Payload != `{"catalogues":["spring","summer"]}` || got.Function == "" || got.TimeoutSeconds != 600 {
		t.Errorf("invoke: %+v", got)
	}
	if !steps["shop/shop-answers"].Spec.NotInExercise || steps["shop/warm-cache"].Spec.NotInExercise {
		t.Error("what exercises leave out is said of the wrong step")
	}
	if got := steps["shop/orders"]; got.Spec.TimeoutSeconds != 4*3600 || got.Node.ExpectedSeconds != 2400 || got.Node.Basis != "declared" {
		t.Errorf("restore: %+v", got)
	}
	for step, n := range map[string]int{"shop/orders-are-whole": 2, "shop/no-negative-orders": 1} {
		var checks []drill.Check
		if err := json.Unmarshal([]byte(steps[step].Spec.Checks), &checks); err != nil || len(checks) != n {
			t.Errorf("%s puts %d checks, want %d: %v", step, len(checks), n, err)
		}
	}
}

func TestTargetsOfAFailover(t *testing.T) {
	p := recoveringPlan(t)
	p.Tags = map[string]string{"Tier": "silver", "CostCenter": "4711"}
	p.Workloads[0].Databases[1].Drill.Tags = map[string]string{"OnlyCopies": "yes"}
	planned, err := slice.RecoveryFor(context.Background(), p, "", true, deployed(), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := planned.Databases[1]
	if got.Name != "shop/orders-db" || got.Drill.RDS == nil || got.Drill.Place.SubnetGroup != "isolated" {
		t.Errorf("%+v", got)
	}
	target := got.Target
	if target == nil || target.Identifier != "orders-recovered" || !target.MultiAZ || !target.DeletionProtection || target.BackupDays != 14 || target.SubnetGroup != "shop-data" {
		t.Fatalf("target: %+v", target)
	}
	if diff := cmp.Diff(map[string]string{"Tier": "gold", "CostCenter": "4711"}, target.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

type past budget.Measurements

func (p past) Measured(context.Context, []string) (budget.Measurements, error) {
	return budget.Measurements(p), nil
}

func TestForecastIsWhatDrillsMeasured(t *testing.T) {
	measured := past{"shop/orders-db": {Seconds: []float64{1500, 1800}}}
	planned, err := slice.RecoveryFor(context.Background(), recoveringPlan(t), "", true, deployed(), measured)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range planned.Steps {
		if s.Node.ID == "shop/orders" && (s.Node.ExpectedSeconds != 1800 || s.Node.Basis != "measured") {
			t.Errorf("%+v", s.Node)
		}
	}
}

func TestRecoveryRefuses(t *testing.T) {
	apart := recoveringPlan(t)
	other := apart.Workloads[0]
	other.Name = "pay"
	other.Recovery = &plan.Recovery{Steps: []plan.Step{{Name: "late", Kind: plan.StepWait, For: minutes(1), After: []string{"shop/orders"}}}}
	apart.Workloads = append(apart.Workloads, other)
	for name, c := range map[string]struct {
		reason   string
		plan     plan.Plan
		workload string
		onAWS    bool
	}{
		"unknown workload":          {"those that there are are listed", recoveringPlan(t), "billing", true},
		"no recovery here":          {"its databases live on AWS", recoveringPlan(t), "", false},
		"no recovery at all":        {"the plan declares none", samplePlan(), "", true},
		"after another workload's ": {"nothing would say when it may begin", apart, "pay", true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := slice.RecoveryFor(context.Background(), c.plan, c.workload, c.onAWS, deployed(), nil)
			if drill.NameOf(err) != drill.InvalidInput {
				t.Errorf("%s: %v", c.reason, err)
			}
		})
	}
	if planned, err := slice.RecoveryFor(context.Background(), apart, "", true, deployed(), nil); err != nil || len(planned.Steps) != 12 {
		t.Errorf("all together: %d steps, %v", len(planned.Steps), err)
	}
}

// The plan's kinds of steps are those that recoveries have.
func TestKindsOfStepsAreTheRecoveries(t *testing.T) {
	var names, kinds []string
	for _, k := range plan.StepKinds {
		names = append(names, k.Name)
	}
	for _, k := range append(append([]recovery.Kind{}, recovery.Kinds...), recovery.Coming...) {
		kinds = append(kinds, string(k))
	}
	if diff := cmp.Diff(kinds, names); diff != "" {
		t.Errorf("(-recovery +plan):\n%s", diff)
	}
}
