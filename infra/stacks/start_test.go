package stacks_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/infra/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// compiled builds every function for this machine as it is packaged for Lambda.
func compiled(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	cmd := exec.Command("go", "run", "./infra/package", "-host", "-out", folder)
	cmd.Dir = "../.."
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return folder
}

// Every compiled function starts in the environment that its template gives it,
// with nothing added but what Lambda itself sets, and asks for its first
// invocation.
func TestEveryFunctionStarts(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles every function")
	}
	assets := compiled(t)
	apart := examplePlan(t)
	apart.Accounts = &plan.Accounts{Primary: "999988887777", Recovery: account}
	apart.Workloads[0].Databases[0].Drill.Scenario = plan.ScenarioAccountLoss
	gov := examplePlan(t)
	gov.Regions = &plan.Regions{Primary: "us-gov-west-1", Recovery: "us-gov-east-1"}
	for name, c := range map[string]struct {
		plan  plan.Plan
		limit int
		has   string // a function that this deployment must have
	}{
		"example":             {examplePlan(t), 0, "backup-monitor"},
		"drill account apart": {apart, 0, "claim-slot"},
		"fleet":               {fleetPlan(t, 2, 3), 4, "dispatcher"},
		"another partition":   {gov, 0, "record-evidence"},
		"recovery":            {recoveryPlan(t), 0, "query-recovered"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := synthesize(t, c.plan, false, func(p *stacks.Props) { p.Assets, p.PerDatabase = assets, c.limit })
			if err != nil {
				t.Fatal(err)
			}
			started := map[string]bool{}
			for _, id := range a.recovery.Of("AWS::Lambda::Function") {
				folder := strings.TrimPrefix(a.recovery.Resources[id].Properties["FunctionName"].(string), "lifeboat-prod-")
				starts(t, filepath.Join(assets, folder), environment(t, a, id))
				started[folder] = true
			}
			if !started[c.has] {
				t.Errorf("there is no %s", c.has)
			}
		})
	}
}

// environment of a function, as its template has it.
func environment(t *testing.T, a assembly, id string) []string {
	t.Helper()
	variables, err := a.recovery.Environment(id)
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for name, value := range variables {
		env = append(env, name+"="+value)
	}
	if len(env) == 0 {
		t.Fatalf("%s has no environment", id)
	}
	return env
}

// starts runs a bootstrap until it asks the Runtime API for an invocation, which
// never comes.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
func starts(t *testing.T, folder string, env []string) {
	t.Helper()
	ready := make(chan struct{}, 1)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/runtime/invocation/next") {
			ready <- struct{}{}
			<-r.Context().Done()
		}
	}))
	defer api.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(folder, "bootstrap"))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	// What Lambda sets: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
	cmd.Env = append(env, "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(api.URL, "http://"), "AWS_REGION="+home, "LAMBDA_TASK_ROOT="+folder,
		"AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128", "_HANDLER=bootstrap")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ready:
		cancel()
		<-ended
	case err := <-ended:
		t.Error(fmt.Errorf("%s ended at its start: %w\n%s", filepath.Base(folder), err, said.String()))
	}
}
