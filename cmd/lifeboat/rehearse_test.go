package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const rdsExample = "../../examples/rds"

func rehearseCommand(args ...string) (code int, out, errOut string) {
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), append([]string{"rehearse", "--plan", filepath.Join(rdsExample, "lifeboat.yaml")}, args...), strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func scenarioFile(name string) string { return filepath.Join(rdsExample, "scenarios", name+".yaml") }

func TestRehearseShowsTheDrill(t *testing.T) {
	code, out, errOut := rehearseCommand("--scenario", scenarioFile("slow-restore"))
	if code != exitPassed || errOut != "" {
		t.Errorf("exit code %d, stderr %q", code, errOut)
	}
	for _, want := range []string{"CheckAvailability", "Passed  orders/orders-db", "RTO", "transitions", "rds:RestoreDBInstanceToPointInTime", "as expected"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in the output", want)
		}
	}
}

func TestRehearseRepeatsByteForByte(t *testing.T) {
	for _, args := range [][]string{{"--seed", "4"}, {"--seed", "4", "--json"}, {"--runs", "3", "--json", "--scenario", scenarioFile("throttled")}} {
		_, first, _ := rehearseCommand(args...)
		_, second, _ := rehearseCommand(args...)
		if first == "" || first != second {
			t.Errorf("%v: two outputs differ", args)
		}
	}
}

func TestRehearseJSON(t *testing.T) {
	code, out, _ := rehearseCommand("--json", "--runs", "2", "--scenario", scenarioFile("rpo-missed"))
	var document struct {
		Rehearsals []struct {
			Seed   int
			Ending string
			Met    bool
			Cost   struct{ Transitions int }
		}
	}
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		t.Fatal(err)
	}
	if code != exitPassed || len(document.Rehearsals) != 2 || document.Rehearsals[1].Seed != 2 {
		t.Errorf("exit code %d, %+v", code, document)
	}
	for _, r := range document.Rehearsals {
		if r.Ending != "ObjectivesMissed" || !r.Met || r.Cost.Transitions == 0 {
			t.Errorf("%+v", r)
		}
	}
}

func TestRehearseExitCodes(t *testing.T) {
	other := filepath.Join(t.TempDir(), "scenario.yaml")
	write := func(text string) string {
		if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return other
	}
	tests := map[string]struct {
		reason string
		args   func() []string
		code   int
	}{
		"as expected":     {"a failure that the scenario expects is what was wanted", func() []string { return []string{"--scenario", scenarioFile("no-backup")} }, exitPassed},
		"nothing named":   {"the ending itself", func() []string { return []string{"--scenario", write("quota: {instances: 1, used: 1}")} }, exitFailureClean},
		"not as expected": {"a scenario that comes to something else", func() []string { return []string{"--scenario", write("ending: ObjectivesMissed")} }, exitObjectivesMissed},
		"bad scenario":    {"bad input", func() []string { return []string{"--scenario", write("restroe: 1")} }, exitUsage},
		"no runs":         {"bad usage", func() []string { return []string{"--runs", "0"} }, exitUsage},
		"unknown name":    {"it lists the names", func() []string { return []string{"--scenario", write("database: orders/none")} }, exitUsage},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := rehearseCommand(tc.args()...)
			if code != tc.code {
				t.Errorf("%s: exit code %d, want %d\n%s%s", tc.reason, code, tc.code, out, errOut)
			}
		})
	}
}

func TestRehearseIsForDatabasesOnAWS(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run(context.Background(), []string{"rehearse", "--plan", "../../examples/local/lifeboat.yaml"}, strings.NewReader(""), &stdout, &stderr)
	if code != exitUsage || !strings.Contains(stderr.String(), "lifeboat drill") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
}
