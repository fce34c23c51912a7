package sim_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

var update = flag.Bool("update", false, "write the recorded evidence and metrics")

// recorded are scenarios whose evidence and metrics are kept to the byte, so
// that a change of the code's shape that changes what is proved shows here.
var recorded = []string{
	"good-day", "slow-restore", "check-failed", "clean-up-refused", "copies-failing", "events-lost", "key-missing",
	"newest-copy-failed", "no-backup", "rpo-missed", "source-replaced", "sum-too-slow",
}

func TestRecordedEvidenceAndMetrics(t *testing.T) {
	for _, name := range recorded {
		t.Run(name, func(t *testing.T) {
			scenario, err := sim.LoadScenario(filepath.Join(examples, "scenarios", name+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			w, err := sim.Open(sim.Options{Plan: examplePlan(t), Scenario: scenario, Seed: 1, Version: "test"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Run(context.Background()); err != nil {
				t.Fatal(err)
			}
			asRecorded(t, name+".evidence.json", w.EvidenceFiles())
			metrics, err := json.MarshalIndent(w.Datapoints(), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			asRecorded(t, name+".metrics.json", metrics)
		})
	}
}

func asRecorded(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "recorded", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: write it with -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not as it was recorded; if the change is meant, write it with -update and say in the commit why:\n%s", path, diff)
	}
}
