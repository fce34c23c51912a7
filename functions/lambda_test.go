// Package functions_test runs the deployed pieces as they are deployed: the
// drill machine, and behind every state the compiled function, over Lambda's
// Runtime API, with the simulated AWS as its endpoint and a real PostgreSQL as
// the restored instance. Time is real, and what is restored is small.
package functions_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/runtimeapi"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

const (
	account    = "111122223333"
	home       = "eu-central-1"
	machineARN = "arn:aws:states:" + home + ":" + account + ":stateMachine:lifeboat-prod-drill"
)

// bootstraps builds every function for this machine.
func bootstraps(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	mains, err := filepath.Glob("*/main.go")
	if err != nil || len(mains) < 12 {
		t.Fatalf("%d functions, %v", len(mains), err)
	}
	for _, file := range mains {
		name := filepath.Dir(file)
		compile(t, "./"+name, filepath.Join(folder, name, "bootstrap"))
	}
	return folder
}

// check builds the example of a customCheck.
func check(t *testing.T) string {
	t.Helper()
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	compile(t, "../examples/rds/check-orders", bootstrap)
	return bootstrap
}

func compile(t *testing.T, source, bootstrap string) {
	t.Helper()
	if text, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", bootstrap, source).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", source, err, text)
	}
}

// deployment is lifeboat as it is deployed, on this machine.
type deployment struct {
	t      *testing.T
	aws    *amazon
	lambda *runtimeapi.Runtime
	patch  func(function string, out json.RawMessage) json.RawMessage

	mu   sync.Mutex
	log  []string
	over bool // events that still come have nobody to listen
}

func (d *deployment) note(function, line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log = append(d.log, function+": "+line)
}

func (d *deployment) logged() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.log, "\n")
}

func (d *deployment) close() {
	d.mu.Lock()
	d.over = true
	d.mu.Unlock()
	d.lambda.Close()
}

func deploy(t *testing.T, change func(*plan.Database)) *deployment {
	t.Helper()
	folder := bootstraps(t)
	loaded, err := planfile.Load("../examples/rds/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	database := &loaded.Plan.Workloads[0].Databases[0]
	database.Database = "app"
	change(database)
	packaged, err := json.Marshal(loaded.Plan.Normalised())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "plan.json"), packaged, 0o600); err != nil {
		t.Fatal(err)
	}
	stack := synthesized(t)
	d := &deployment{t: t, aws: newAmazon(t, stack)}
	server := httptest.NewServer(d.aws.cloud)
	t.Cleanup(server.Close)
	authorities := filepath.Join(folder, "ca.pem")
	if err := os.WriteFile(authorities, d.aws.authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	functions := map[string]runtimeapi.Function{}
	if custom := database.CustomCheck; custom != nil {
		functions[custom.Function] = runtimeapi.Function{Bootstrap: check(t), Timeout: time.Minute, Env: []string{
			"AWS_REGION=" + home, "AWS_ACCESS_KEY_ID=" + simaws.AccessKey(account, "check-orders"), "AWS_SECRET_ACCESS_KEY=secret",
			"AWS_ENDPOINT_URL=" + server.URL, deployed.EnvAuthorities + "=" + authorities,
		}}
	}
	for id, name := range deployedFunctions(t, stack) {
		timeout := time.Duration(stack.Resources[id].Properties["Timeout"].(float64)) * time.Second
		// What Lambda sets, and where the simulated AWS and its databases are.
		env := []string{
			"AWS_REGION=" + home, "AWS_ACCESS_KEY_ID=" + simaws.AccessKey(account, name), "AWS_SECRET_ACCESS_KEY=secret", "AWS_ENDPOINT_URL=" + server.URL,
			"LAMBDA_TASK_ROOT=" + folder, deployed.EnvAuthorities + "=" + authorities,
		}
		for variable, value := range environment(t, stack, id) {
			env = append(env, variable+"="+value)
		}
		functions[name] = runtimeapi.Function{Bootstrap: filepath.Join(folder, name, "bootstrap"), Timeout: min(timeout, time.Minute), Env: env}
	}
	d.lambda = runtimeapi.New(functions, d.note)
	t.Cleanup(d.close)
	d.aws.cloud.Bus.Subscribe(d.listen)
	return d
}

// listen is the rule that has the event listener as its target.
func (d *deployment) listen(e events.Event) {
	text, err := json.Marshal(e)
	if err != nil {
		d.t.Error(err)
		return
	}
	_, err = d.lambda.Invoke(context.Background(), "event-listener", text)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil && !d.over {
		d.t.Errorf("the event listener: %v", err)
	}
}

// Handle implements asl.TaskHandler as lambda:invoke does.
func (d *deployment) Handle(ctx context.Context, task asl.Task) (json.RawMessage, error) {
	var call struct {
		FunctionName string
		Payload      json.RawMessage
	}
	if err := json.Unmarshal(task.Arguments, &call); err != nil {
		return nil, err
	}
	out, err := d.lambda.Invoke(ctx, call.FunctionName, call.Payload)
	var failed *runtimeapi.Error
	if errors.As(err, &failed) {
		cause, _ := json.Marshal(map[string]string{"errorType": failed.Type, "errorMessage": failed.Message})
		return nil, &asl.TaskError{Name: failed.Type, Cause: string(cause)}
	}
	if err != nil {
		return nil, err
	}
	if d.patch != nil {
		out = d.patch(call.FunctionName, out)
	}
	return json.Marshal(map[string]any{"Payload": out, "StatusCode": 200})
}

// drill runs one execution to its end.
func (d *deployment) drill(name string, request drillstep.Request) *asl.Result {
	d.t.Helper()
	machine, err := asl.Load(statemachines.Drill, asl.WithSubstitutions(drillstep.Functions()))
	if err != nil {
		d.t.Fatal(err)
	}
	input, err := json.Marshal(request)
	if err != nil {
		d.t.Fatal(err)
	}
	arn := "arn:aws:states:" + home + ":" + account + ":execution:lifeboat-prod-drill:" + name
	run, err := machine.Start(asl.Options{
		Input: input, Name: name, ARN: arn, StateMachineARN: machineARN, Clock: clock.Real{}, Tasks: d,
		Observe: func(e asl.Event) { d.aws.observe(arn, e) },
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.aws.runs(arn, run)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	result, err := run.Wait(ctx)
	if err != nil {
		d.t.Fatalf("%v\n%s", err, d.logged())
	}
	return result
}

// quickly has the machine wait at the pace of this machine: a restore here
// takes seconds.
func quickly(function string, out json.RawMessage) json.RawMessage {
	if function != "claim-slot" {
		return out
	}
	var claim map[string]any
	if json.Unmarshal(out, &claim) != nil {
		return out
	}
	if spec, ok := claim["spec"].(map[string]any); ok {
		spec["limits"].(map[string]any)["pollSeconds"] = 0.2
	}
	text, err := json.Marshal(claim)
	if err != nil {
		return out
	}
	return text
}

func TestDrillOverCompiledFunctions(t *testing.T) {
	if testing.Short() {
		t.Skip("builds every function and waits in real time")
	}
	d := deploy(t, func(*plan.Database) {})
	d.patch = quickly
	result := d.drill("first", drillstep.Request{Database: "orders/orders-db", StartedBy: "a test"})
	if result.Status != asl.Succeeded {
		t.Fatalf("%s %s: %s\n%s", result.Status, result.Error, result.Cause, d.logged())
	}
	document := d.aws.evidence(t, "first")
	if document.Ending != "Passed" || len(document.Checks) != 3 || !document.Objectives.RTO.Met || len(document.States) == 0 {
		t.Errorf("evidence: %+v", document)
	}
	if left := d.aws.leftBehind(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	called := map[string]bool{}
	for _, call := range d.aws.cloud.Calls() {
		called[call.Principal] = true
		if call.Error == "NotSimulated" {
			t.Errorf("%s called %s:%s, which is not simulated", call.Principal, call.Service, call.Operation)
		}
	}
	for _, function := range drillstep.Functions() {
		if !called[function] {
			t.Errorf("%s called nothing", function)
		}
	}

	// The name of an error reaches the machine, and the log names the run.
	result = d.drill("second", drillstep.Request{Database: "orders/none"})
	if result.Error != "FailureClean" || !strings.Contains(result.Cause, "UnknownDatabase") || !strings.Contains(result.Cause, "orders/orders-db") {
		t.Errorf("%s: %s", result.Error, result.Cause)
	}
	if log := d.logged(); !strings.Contains(log, `"runId":"first"`) || strings.Contains(log, "simulated-") {
		t.Error("the log names no run, or holds a password")
	}
	if diff := cmp.Diff("FailureClean", d.aws.evidence(t, "second").Ending); diff != "" {
		t.Error(diff)
	}
}

// The example of a team's own function reaches the copy as the recipe says: it
// finds its password, logs in, takes an order, and leaves nothing.
func TestCustomCheckOfTheExample(t *testing.T) {
	if testing.Short() {
		t.Skip("builds every function and waits in real time")
	}
	const function = "arn:aws:lambda:" + home + ":" + account + ":function:check-orders:live"
	d := deploy(t, func(database *plan.Database) {
		database.CustomCheck = &plan.CustomCheck{Name: "the shop can take an order", Function: function}
	})
	d.patch = quickly
	d.aws.source.Exec("app", "grant insert on orders to app") // RDS's master user owns what it made
	result := d.drill("first", drillstep.Request{Database: "orders/orders-db"})
	if result.Status != asl.Succeeded {
		t.Fatalf("%s %s: %s\n%s", result.Status, result.Error, result.Cause, d.logged())
	}
	answered := false
	for _, check := range d.aws.evidence(t, "first").Checks {
		answered = answered || check.Name == "the shop can take an order" && check.Outcome == string(drill.CheckPassed) && strings.Contains(fmt.Sprint(check), "2000")
	}
	if !answered {
		t.Errorf("checks: %+v", d.aws.evidence(t, "first").Checks)
	}
}
