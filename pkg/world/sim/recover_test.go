package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

const recoveryExample = "../../../examples/recovery"

func recoveryPlan(t *testing.T) plan.Plan {
	t.Helper()
	loaded, err := planfile.Load(filepath.Join(recoveryExample, "lifeboat.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Plan
}

func openRecovery(t *testing.T, s RecoveryScenario) *RecoveryWorld {
	t.Helper()
	w, err := OpenRecovery(RecoveryOptions{Plan: recoveryPlan(t), Scenario: s, Seed: 1, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func runRecovery(t *testing.T, w *RecoveryWorld) *RecoveryRehearsal {
	t.Helper()
	r, err := w.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every scenario of the example comes to what it says.
func TestRecoveryScenarios(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(recoveryExample, "scenarios", "*.yaml"))
	if err != nil || len(files) < 9 {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			s, err := LoadRecoveryScenario(file)
			if err != nil {
				t.Fatal(err)
			}
			if s.Ending == "" || s.Description == "" {
				t.Error("a scenario says what it is about, and what it must come to")
			}
			r := runRecovery(t, openRecovery(t, s))
			if !r.Met {
				t.Errorf("%v\n%s: %s", r.Why, r.Ending, r.Cause)
			}
			if r.LongestEvents > 25_000/10 {
				t.Errorf("%d events in one execution", r.LongestEvents)
			}
		})
	}
}

// What a recovery changes outside of its record, the role of its mode changes alone:
// no function's own role does, and none of the two does the other's.
func TestStepsActInTheRoleOfTheirMode(t *testing.T) {
	names := deployed.Names{Deployment: "prod"}
	for mode, want := range map[recovery.Mode]string{recovery.Exercise: names.ExerciseRole(), recovery.Failover: names.FailoverRole()} {
		w := openRecovery(t, RecoveryScenario{Mode: mode})
		runRecovery(t, w)
		changed := map[string]bool{}
		for _, call := range w.Calls() {
			reads := strings.HasPrefix(call.Operation, "Describe") || strings.HasPrefix(call.Operation, "Get") || strings.HasPrefix(call.Operation, "List")
			if reads || !strings.Contains("rds ssm secretsmanager backup", call.Service) {
				continue
			}
			changed[call.Service+" by "+call.Principal] = true
			if call.Principal != want {
				t.Errorf("%s: %s:%s by %s", mode, call.Service, call.Operation, call.Principal)
			}
		}
		if diff := cmp.Diff(map[string]bool{"rds by " + want: true, "ssm by " + want: true}, changed); diff != "" {
			t.Errorf("%s (-want +got):\n%s", mode, diff)
		}
	}
}

// A failover leaves databases without any mark of a throwaway, an exercise none at
// all.
func TestWhatAFailoverMakesIsNoThrowaway(t *testing.T) {
	w := openRecovery(t, RecoveryScenario{Mode: recovery.Failover})
	r := runRecovery(t, w)
	if diff := cmp.Diff([]string{"customers-recovered", "orders-recovered"}, r.Recovered); diff != "" {
		t.Error(diff)
	}
	for _, i := range w.cloud.RDS.Instances(w.names.account, w.names.region) {
		tags := map[string]string{}
		for _, tag := range i.Tags {
			tags[tag.Key] = tag.Value
		}
		if drill.IsThrowawayName("prod", i.Identifier) || tags[deployed.TagExecution] != "" {
			t.Errorf("%s looks as a throwaway: %v", i.Identifier, tags)
		}
		if tags[deployed.TagPurpose] != deployed.PurposeRecovered || tags[deployed.TagRecovery] != "rehearsal" {
			t.Errorf("%s does not say that it was recovered: %v", i.Identifier, tags)
		}
	}
	if len(r.Announced) != 2 || len(r.LeftBehind) > 0 {
		t.Errorf("announced %v, left behind %v", r.Announced, r.LeftBehind)
	}
	if r := runRecovery(t, openRecovery(t, RecoveryScenario{})); len(r.Recovered)+len(r.Announced)+len(r.LeftBehind) > 0 {
		t.Errorf("an exercise left %v, %v, %v", r.Recovered, r.Announced, r.LeftBehind)
	}
}

// The same plan, scenario and seed come to the same, byte for byte.
func TestRehearsedRecoveriesRepeat(t *testing.T) {
	s, err := LoadRecoveryScenario(filepath.Join(recoveryExample, "scenarios", "retried.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var texts [2][]byte
	for i := range texts {
		if texts[i], err = json.Marshal(runRecovery(t, openRecovery(t, s))); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(texts[0], texts[1]) {
		t.Error(cmp.Diff(string(texts[0]), string(texts[1])))
	}
}

func TestAFailoverIsConfirmed(t *testing.T) {
	w := openRecovery(t, RecoveryScenario{})
	arn, err := w.Begin("careless", recovery.Request{Mode: recovery.Failover, Confirm: "production"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	result := w.executions.Find(arn).Result
	if result.Error != "NotConfirmed" || !strings.Contains(result.Cause, `"confirm": "prod"`) || len(w.executions.All()) != 1 {
		t.Errorf("%s: %s", result.Error, result.Cause)
	}
}

func TestScenariosOfRecoveriesAreReadStrictly(t *testing.T) {
	for name, c := range map[string]struct {
		reason   string
		scenario RecoveryScenario
	}{
		"a step":     {"it would not test what it says", RecoveryScenario{Steps: map[string]StepTrouble{"shop/none": {Fails: 1}}}},
		"a state":    {"likewise", RecoveryScenario{States: map[string]recovery.State{"shop/none": recovery.Failed}}},
		"a decision": {"likewise", RecoveryScenario{Decisions: []PlannedDecision{{Choice: recovery.Retry, Step: "shop/none"}}}},
		"a workload": {"there is none", RecoveryScenario{Workload: "none"}},
	} {
		if _, err := OpenRecovery(RecoveryOptions{Plan: recoveryPlan(t), Scenario: c.scenario}); drill.NameOf(err) != drill.InvalidInput {
			t.Errorf("%s: %s: %v", name, c.reason, err)
		}
	}
	for _, s := range []RecoveryScenario{
		{Mode: "rehearsal"}, {Decisions: []PlannedDecision{{Choice: recovery.Abort, Step: "a/b"}}},
		{Decisions: []PlannedDecision{{Choice: recovery.Skip}}}, {Decisions: []PlannedDecision{{Choice: "wait", Step: "a/b"}}},
	} {
		if s.check("x.yaml") == nil {
			t.Errorf("%+v was taken", s)
		}
	}
}
