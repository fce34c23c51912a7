package stacks_test

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
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
			for _, q := range questions(e, key) {
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

// listed is what a call without a resource of its own is authorised on.
var listed = map[string]string{
	"rds:DescribeDBInstances":                "db:*",
	"rds:DescribeDBSnapshots":                "snapshot:*",
	"rds:DescribeDBInstanceAutomatedBackups": "auto-backup:*",
}

// questions are what IAM is asked when a call is made, of the call itself and
// on the caller's behalf; key is that of the deployment.
// https://docs.aws.amazon.com/service-authorization/latest/reference/
func questions(e simaws.Exchange, key string) []request {
	action := e.Service + ":" + e.Operation
	q := request{Role: "lifeboat-prod-" + e.Principal, Action: action, Context: map[string]any{}}
	switch action {
	case "sts:GetCallerIdentity":
		return nil // needs no permission
	case "monitoring:PutMetricData":
		q.Action = "cloudwatch:PutMetricData"
		q.Context["cloudwatch:namespace"] = "Lifeboat"
		q.Resource = "*"
		return []request{q}
	case "cloudwatch:PutMetricData":
		q.Context["cloudwatch:namespace"] = "Lifeboat"
		q.Resource = "*"
		return []request{q}
	case "states:SendTaskSuccess", "rds:DescribeEvents", "rds:DescribeAccountAttributes":
		q.Resource = "*"
		return []request{q}
	}
	resources := e.Resources
	if form, err := url.ParseQuery(string(e.RequestBody)); err == nil && e.Service == "rds" && form.Has("DBInstanceIdentifier") && len(resources) == 0 {
		resources = []string{"arn:aws:rds:" + e.Region + ":" + e.Account + ":db:" + form.Get("DBInstanceIdentifier")} // the call was cut off before it was understood
	}
	if suffix, ok := listed[action]; ok && len(resources) == 0 {
		resources = []string{"arn:aws:rds:" + e.Region + ":" + e.Account + ":" + suffix}
	}
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	var list []request
	for _, r := range resources {
		each := q
		each.Resource, each.Context = r, contextOf(e, r)
		list = append(list, each)
	}
	return append(list, onBehalfOfCall(e, list[0], key)...)
}

// contextOf is what a call tells IAM about itself and its target.
func contextOf(e simaws.Exchange, resource string) map[string]any {
	context := map[string]any{}
	switch {
	case e.Service == "rds" && strings.HasPrefix(e.Operation, "Restore"):
		form, _ := url.ParseQuery(string(e.RequestBody)) // the simulation has parsed it already
		context["rds:PubliclyAccessible"] = form.Get("PubliclyAccessible")
		var keys []string
		for i := 1; form.Has(fmt.Sprintf("Tags.Tag.%d.Key", i)); i++ {
			key := form.Get(fmt.Sprintf("Tags.Tag.%d.Key", i))
			keys = append(keys, key)
			context["aws:RequestTag/"+key] = form.Get(fmt.Sprintf("Tags.Tag.%d.Value", i))
		}
		context["aws:TagKeys"] = keys
	case e.Service == "rds" && strings.Contains(resource, ":db:lifeboat-prod-"):
		context["aws:ResourceTag/lifeboat:deployment"] = "prod"
	case e.Service == "secretsmanager":
		context["aws:ResourceTag/aws:rds:primaryDBInstanceArn"] = rdsARN + "db:lifeboat-prod-0123456789ab"
	}
	return context
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
