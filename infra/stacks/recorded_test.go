package stacks_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// recorded are the calls of all rehearsals of the examples, as questions to
// IAM, each once.
func recorded(t *testing.T) []request {
	t.Helper()
	files, err := filepath.Glob("../../examples/rds/scenarios/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	all, key := map[string]request{}, theDeploymentsKey(t, synthesized(t))
	p := examplePlan(t)
	functions, err := filepath.Glob("../../functions/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	isFunction := func(name string) bool {
		return slices.ContainsFunc(functions, func(f string) bool { return filepath.Base(filepath.Dir(f)) == name })
	}
	for _, file := range files {
		scenario, err := sim.LoadScenario(file)
		if err != nil {
			t.Fatal(err)
		}
		w, err := sim.Open(sim.Options{Plan: p, Scenario: scenario, Version: "test", Exchange: func(e simaws.Exchange) {
			if !isFunction(e.Principal) {
				return // the simulation's own, or a person's
			}
			for _, q := range questions(t, e, facts{key}) {
				if strings.HasSuffix(q.Resource, ":key/lifeboat") { // as the simulation calls the key of the deployment
					q.Resource = theDeploymentsKey(t, synthesized(t))
				}
				all[fmt.Sprint(q)] = q
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Monitor(context.Background()); err != nil {
			t.Logf("%s: the monitor: %v", file, err)
		}
		w.Pass(2 * time.Hour)
		if _, err := w.Sweep(context.Background()); err != nil {
			t.Logf("%s: the sweeper: %v", file, err)
		}
	}
	var list []request
	for _, k := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[k])
	}
	return list
}

// questions are what IAM is asked when a call is made, of the call itself and on
// the caller's behalf. A call that was cut off before it was understood is one as
// well.
func questions(t *testing.T, e simaws.Exchange, f authz.Facts) (list []request) {
	t.Helper()
	call := &wire.Call{
		HTTP: e.Request, Body: e.RequestBody, Service: e.Service, Region: e.Region, Account: e.Account, Principal: "lifeboat-prod-" + e.Principal,
		Operation: e.Operation, Now: e.At,
	}
	asked, err := authz.New(nil, nil, f).Questions(call)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range asked {
		list = append(list, request{strings.TrimPrefix(q.Principal, roleARN(account, "")), q.Action, q.Resource, q.Context})
	}
	return list
}

// facts of a deployment: its table and bucket are encrypted with its key, recovery
// points with any other; copies and their passwords are tagged.
type facts struct{ key string }

func (f facts) KeyOf(arn string) string {
	switch part := strings.Split(arn, ":"); {
	case part[2] == "dynamodb", part[2] == "s3":
		return f.key
	case part[2] == "rds":
		return "arn:aws:kms:" + part[3] + ":" + part[4] + ":key/00000000-0000-4000-8000-000000000000"
	}
	return ""
}

func (facts) Aliases(string) []string { return nil }

func (facts) Tags(arn string) map[string]string {
	switch {
	case strings.Contains(arn, ":db:lifeboat-prod-"):
		return map[string]string{"lifeboat:deployment": "prod"}
	case strings.Contains(arn, ":secret:"):
		return map[string]string{"aws:rds:primaryDBInstanceArn": rdsARN + "db:lifeboat-prod-0123456789ab"}
	}
	return nil
}

func TestRecordedCallsAreAllowed(t *testing.T) {
	policies := roles(t, synthesized(t))
	cases := recorded(t)
	for i, got := range simulate(t, policies, cases) {
		if got != "Allowed" {
			t.Errorf("%s: %s of %s %v: %s", cases[i].Role, cases[i].Action, cases[i].Resource, cases[i].Context, got)
		}
	}
	t.Logf("%d different calls", len(cases))
}

// unrecorded are the permissions that no rehearsal asks for, and why they are
// there all the same.
var unrecorded = map[string]string{
	"record-evidence s3:GetObject":   "read only where another recording of the same run is there",
	"sweeper rds:ModifyDBInstance":   "the same",
	"cleanup rds:ModifyDBInstance":   "only where somebody protected the copy from deletion",
	"kms:GenerateDataKey":            "of the deployment's key: whoever writes evidence or records",
	"claim-slot dynamodb:DeleteItem": "only where two starts race for one scheduled time",
	"lambda:InvokeFunction":          "the machine calls its functions",
	"rds:DescribeDBParameterGroups":  "only where the plan names a group",
	"rds:DescribeOptionGroups":       "the same",
}

func TestPermissionsAreUsed(t *testing.T) {
	policies := roles(t, synthesized(t))
	used := map[string]bool{}
	for _, q := range append(recorded(t), onBehalfOfResources(t, synthesized(t))...) {
		used[q.Role+" "+q.Action] = true
	}
	reasons := map[string]bool{}
	for _, role := range slices.Sorted(maps.Keys(policies)) {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(used)), func(u string) bool { return strings.HasPrefix(u, role+" ") }) {
			t.Errorf("%s did nothing in any rehearsal", role)
		}
		for _, s := range statements(t, policies, role) {
			for _, action := range s.Action {
				if s.Effect != "Allow" || used[role+" "+action] {
					continue
				}
				name := strings.TrimPrefix(role, "lifeboat-prod-")
				key := action
				if unrecorded[key] == "" {
					key = name + " " + action
				}
				if unrecorded[key] == "" {
					t.Errorf("%s may %s, and never does", role, action)
				}
				reasons[key] = true
			}
		}
	}
	for key := range unrecorded {
		if !reasons[key] {
			t.Errorf("%s is on the list, and it is used or not allowed", key)
		}
	}
}
