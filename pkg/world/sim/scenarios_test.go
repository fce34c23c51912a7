package sim_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

const (
	examples  = "../../../examples/rds"
	oneRegion = "../../../examples/rds-one-region"
)

func examplePlan(t testing.TB) plan.Plan { return planIn(t, examples) }

func planIn(t testing.TB, folder string) plan.Plan {
	t.Helper()
	loaded, err := planfile.Load(filepath.Join(folder, "lifeboat.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Plan
}

func rehearse(t testing.TB, o sim.Options) *sim.Rehearsal {
	t.Helper()
	o.Version = "test"
	r, err := sim.Rehearse(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every scenario of the examples comes to the ending that it names, with every
// fault fired and nothing left behind unless the ending says so.
func TestScenariosOfTheExamples(t *testing.T) {
	for folder, atLeast := range map[string]int{examples: 10, oneRegion: 3} {
		files, err := filepath.Glob(filepath.Join(folder, "scenarios", "*.yaml"))
		if err != nil || len(files) < atLeast {
			t.Fatalf("%d scenarios in %s, %v", len(files), folder, err)
		}
		t.Run(filepath.Base(folder), func(t *testing.T) { scenariosComeToTheirEndings(t, planIn(t, folder), files) })
	}
}

func scenariosComeToTheirEndings(t *testing.T, p plan.Plan, files []string) {
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			scenario, err := sim.LoadScenario(file)
			if err != nil {
				t.Fatal(err)
			}
			if scenario.Ending == "" || scenario.Description == "" {
				t.Error("an example names its ending and says what it is about")
			}
			for seed := range uint64(5) {
				scenario.Restore.Spread = 0.1
				r := rehearse(t, sim.Options{Plan: p, Scenario: scenario, Seed: seed})
				for _, why := range r.Why {
					t.Errorf("seed %d: %s (%s)", seed, why, r.Cause)
				}
				if r.Evidence == nil {
					t.Errorf("seed %d: no evidence was recorded", seed)
				}
			}
		})
	}
}

func TestSameSeedSameOutput(t *testing.T) {
	scenario := sim.Scenario{Restore: sim.Restore{Spread: 0.3}}
	var outputs []string
	for _, seed := range []uint64{7, 7, 8} {
		text, err := json.Marshal(rehearse(t, sim.Options{Plan: examplePlan(t), Scenario: scenario, Seed: seed}))
		if err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, string(text))
	}
	if diff := cmp.Diff(outputs[0], outputs[1]); diff != "" {
		t.Errorf("the same seed gave another output:\n%s", diff)
	}
	if outputs[0] == outputs[2] {
		t.Error("another seed gave the same output, although durations spread")
	}
}

// A restore of an hour stays cheap.
func TestCostOfAnHour(t *testing.T) {
	scenario := sim.Scenario{Restore: sim.Restore{Creating: sim.Duration(58 * time.Minute)}}
	for name, events := range map[string]sim.Events{"events arrive": {}, "events are lost": {Lost: []string{"all"}}} {
		scenario.Events = events
		r := rehearse(t, sim.Options{Plan: examplePlan(t), Scenario: scenario, Seed: 1})
		if r.Cost.Transitions > 120 || r.Cost.ControlPlaneDollars > 0.01 {
			t.Errorf("%s: %d transitions, $%.4f; at most 120 and one cent", name, r.Cost.Transitions, r.Cost.ControlPlaneDollars)
		}
	}
}

// The time that RDS takes to make a password is no recovery time.
func TestLoginIsTimedApart(t *testing.T) {
	quick := rehearse(t, sim.Options{Plan: examplePlan(t), Scenario: sim.Scenario{Restore: sim.Restore{Rotation: sim.Duration(20 * time.Second)}}})
	slow := rehearse(t, sim.Options{Plan: examplePlan(t), Scenario: sim.Scenario{Restore: sim.Restore{Rotation: sim.Duration(10 * time.Minute)}}})
	a, b := *quick.Evidence.Objectives.RTO.ActualSeconds, *slow.Evidence.Objectives.RTO.ActualSeconds
	if b-a > 5 || a-b > 5 {
		t.Errorf("RTO %.1f s with a quick rotation, %.1f s with a slow one", a, b)
	}
	if slow.Seconds-quick.Seconds < 500 {
		t.Errorf("the drill itself took %.0f s and %.0f s", quick.Seconds, slow.Seconds)
	}
}

func TestAWrongScenarioIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"a misspelt key":     "restroe: {creating: 1m}",
		"no duration":        "restore: {creating: 90}",
		"no ending":          "ending: Great",
		"no kind":            "backups: {snapshots: [{kind: daily, age: 1h}]}",
		"no region":          "backups: {snapshots: [{kind: manual, age: 1h, region: mars}]}",
		"nothing to be lost": "missing: [patience]",
		"busy with nothing":  "source: {busyFor: 5m}",
		"gone and busy":      "source: {gone: true, busy: modifying}",
		"never, and later":   "capacity: {none: true, freeAfter: 5m}",
		"replaced and busy":  "source: {replacedAgo: 3h, busy: modifying}",
		"replaced and gone":  "source: {replacedAgo: 3h, gone: true}",
		"free before it was": "capacity: {freeAfter: -5m}",
		"made in the future": "source: {replacedAgo: -5m}",
		"stopped before":     "restore: {stoppedAfter: -5m}",
		"busy for less":      "source: {busy: modifying, busyFor: -5m}",
		"spread too far":     "restore: {spread: 5}",
		"spread backwards":   "restore: {spread: -3}",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "scenario.yaml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := sim.LoadScenario(file); err == nil || !strings.Contains(err.Error(), file) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// What a drill must never do, whatever the scenario: touch production.
func TestProductionIsSacred(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(examples+"*", "scenarios", "*.yaml"))
	for _, file := range files {
		scenario, err := sim.LoadScenario(file)
		if err != nil {
			t.Fatal(err)
		}
		w, err := sim.Open(sim.Options{Plan: planIn(t, filepath.Dir(filepath.Dir(file))), Scenario: scenario, Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, call := range w.Calls() {
			changes := !strings.HasPrefix(call.Operation, "Describe") && !strings.HasPrefix(call.Operation, "List")
			if call.Service != "rds" || !changes || len(call.Resources) == 0 {
				continue
			}
			target := call.Resources[0][strings.LastIndexByte(call.Resources[0], ':')+1:]
			if !drill.IsThrowawayName("prod", target) {
				t.Errorf("%s: %s of %s", filepath.Base(file), call.Operation, target)
			}
		}
	}
}
