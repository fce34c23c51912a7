package sim_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// newerThanModels are members that the SDK in go.mod knows, and older models do
// not: the fields that show how far the storage of a restored instance is
// loaded came in July 2026.
var newerThanModels = []string{
	"rds:DescribeDBInstances: member DBInstances.StorageOperationStatus is not in the model",
	"rds:DescribeDBInstances: member DBInstances.StorageOperationPercentProgress is not in the model",
	"rds:ModifyDBInstance: member DBInstance.StorageOperationStatus is not in the model",
	"rds:ModifyDBInstance: member DBInstance.StorageOperationPercentProgress is not in the model",
	"rds:DeleteDBInstance: member DBInstance.StorageOperationStatus is not in the model",
	"rds:DeleteDBInstance: member DBInstance.StorageOperationPercentProgress is not in the model",
}

// Every request that lifeboat sends, and every reply that the simulation gives,
// is one that AWS's own service models allow.
func TestExchangesFitAWSsModels(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not on the PATH: botocore's service models cannot be asked")
	}
	if exec.Command(python, "-c", "import botocore").Run() != nil {
		t.Skip("botocore is not installed: its service models cannot be asked")
	}
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	files, _ := filepath.Glob(filepath.Join(examples, "scenarios", "*.yaml"))
	seen := map[string]bool{}
	for _, file := range files {
		scenario, err := sim.LoadScenario(file)
		if err != nil {
			t.Fatal(err)
		}
		rehearse(t, sim.Options{Plan: examplePlan(t), Scenario: scenario, Exchange: func(e simaws.Exchange) {
			if e.Error == "AnswerLost" {
				return
			}
			line := map[string]any{
				"service": e.Service, "operation": e.Operation, "method": e.Request.Method, "url": e.Request.URL.String(), "status": e.Status,
				"request": base64.StdEncoding.EncodeToString(e.RequestBody), "response": base64.StdEncoding.EncodeToString(e.ResponseBody),
			}
			seen[e.Service+":"+e.Operation] = true
			if err := encoder.Encode(line); err != nil {
				t.Error(err)
			}
		}})
	}
	cmd := exec.Command(python, "testdata/against_models.py")
	cmd.Stdin = &lines
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, problems.String())
	}
	told := map[string]bool{}
	for _, known := range newerThanModels {
		told[known] = true
	}
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); !told[line] {
			told[line] = true
			t.Error(line)
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d operations were seen", len(seen))
	}
}
