package stacks_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// rehearsed are the drills of all scenarios of the examples in the world of
// templates, with the rounds after each, and everything that AWS asked the roles of
// the deployment meanwhile.
var rehearsed struct {
	sync.Once
	drills map[string]template.Rehearsal // by the scenario's name
	failed map[string]error
	asked  map[string]authz.Question // each once
}

func rehearseAll(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("../../examples/rds/scenarios/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	folder := synthesized(t).folder
	rehearsed.Do(func() {
		rehearsed.drills, rehearsed.failed, rehearsed.asked = map[string]template.Rehearsal{}, map[string]error{}, map[string]authz.Question{}
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".yaml")
			rehearsed.drills[name], rehearsed.failed[name] = rehearsedDrill(t, folder, file)
		}
		// The faults of a scenario come before anybody is asked; so once without.
		left := month{World: open(t, folder, func(o *template.Options) { o.Asked = noted }), t: t}
		left.abandon()
		pass(time.Hour)(t, left.World)
	})
}

func noted(q authz.Question) { rehearsed.asked[fmt.Sprint(q)] = q }

// rehearsedDrill runs a scenario's drill, and lets the rounds look at what it left.
func rehearsedDrill(t *testing.T, folder, file string) (template.Rehearsal, error) {
	t.Helper()
	scenario, err := sim.LoadScenario(file)
	if err != nil {
		return template.Rehearsal{}, err
	}
	w := open(t, folder, func(o *template.Options) {
		o.Scenario, o.History, o.Asked = scenario, true, noted
	})
	r, err := w.Rehearse(context.Background(), w.Databases()[0])
	if err != nil {
		return r, err
	}
	return r, w.Pass(2 * time.Hour)
}

// recorded is what AWS asked the roles of the deployment in all rehearsals.
func recorded(t *testing.T) (list []request) {
	t.Helper()
	rehearseAll(t)
	for _, key := range slices.Sorted(maps.Keys(rehearsed.asked)) {
		q := rehearsed.asked[key]
		if role, ofOurs := strings.CutPrefix(q.Principal, roleARN(account, "")); ofOurs && role != template.Operator {
			list = append(list, request{role, q.Action, q.Resource, q.Context})
		}
	}
	return list
}

// Every scenario of the examples ends in the world of templates as it does where
// nothing is authorised, and nothing is refused on the way.
func TestScenariosInTheWorldOfTemplates(t *testing.T) {
	rehearseAll(t)
	for name, r := range rehearsed.drills {
		t.Run(name, func(t *testing.T) {
			if err := rehearsed.failed[name]; err != nil {
				t.Fatal(err)
			}
			for _, why := range r.Why {
				t.Error(why)
			}
			for _, trouble := range r.Refused {
				t.Error(trouble)
			}
		})
	}
	t.Logf("%d different questions", len(rehearsed.asked))
}

// unrecorded are the permissions that no rehearsal asks for, and why they are
// there all the same.
var unrecorded = map[string]string{
	"record-evidence s3:GetObject":            "read only where another recording of the same run is there",
	"sweeper rds:ModifyDBInstance":            "the same",
	"cleanup rds:ModifyDBInstance":            "only where somebody protected the copy from deletion",
	"kms:GenerateDataKey":                     "of the deployment's key: whoever writes evidence or records",
	"event-listener states:DescribeExecution": "only where the name of a clean-up is taken: after a redrive",
	"claim-slot dynamodb:DeleteItem":          "only where two starts race for one scheduled time",
	"rds:DescribeDBParameterGroups":           "only where the plan names a group",
	"rds:DescribeOptionGroups":                "the same",
}

func TestPermissionsAreUsed(t *testing.T) {
	policies := roles(t, synthesized(t))
	used := map[string]bool{}
	for _, q := range recorded(t) {
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
