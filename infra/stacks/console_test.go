package stacks_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

const howToStart = `a drill starts with {} where the plan has one database, else with {"database": "workload/database"}`

// What somebody gets who types an input into the console of Step Functions.
func TestStartsFromTheConsole(t *testing.T) {
	one, several := synthesized(t).folder, shaped(t, "small fleet").folder
	t.Parallel()
	for name, c := range map[string]struct {
		reason, folder, input string
		ending                drill.Ending
		cause                 string
	}{
		"{}, one database": {"there is nothing to choose", one, `{}`, drill.Passed, ""},
		"{}, several": {"nobody guesses which", several, `{}`, drill.FailureClean,
			"UnknownDatabase: ClaimSlot failed: the plan has 2 databases: name one of w0/db0, w1/db0"},
		"one of several": {"it is named", several, `{"database":"w1/db0"}`, drill.Passed, ""},
		"without its workload": {"two workloads may have one of that name", one, `{"database":"orders-db"}`, drill.FailureClean,
			`UnknownDatabase: ClaimSlot failed: the plan has no database "orders-db": it has orders/orders-db`},
		"several at once": {"an execution drills one", several, `{"database":["w0/db0","w1/db0"]}`, drill.FailureClean,
			`InvalidInput: ClaimSlot failed: the input of the step is not understood: cannot unmarshal array into Go struct field plain.database of type string: ` + howToStart},
		"a misspelt key": {"nothing that is typed is passed over", one, `{"databse":"orders/orders-db"}`, drill.FailureClean,
			`InvalidInput: ClaimSlot failed: the input of the step is not understood: unknown field "databse": ` + howToStart},
		"no object": {"the console takes any JSON", one, `"orders/orders-db"`, drill.FailureClean,
			`InvalidInput: ClaimSlot failed: the input of the step is not understood: ` + howToStart + `, not with "orders/orders-db"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, c.folder, nil)
			machine, err := w.DrillMachine()
			if err != nil {
				t.Fatal(err)
			}
			x, err := w.Start(machine, c.input)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Wait(context.Background(), x); err != nil {
				t.Fatal(err)
			}
			if got := template.Ending(x); got != c.ending {
				t.Errorf("%s: it ended in %s", c.reason, got)
			}
			cause, evidence, named := strings.Cut(x.Result.Cause, "; evidence: ")
			if failed := c.ending != drill.Passed; named != failed || failed && !strings.HasPrefix(evidence, "s3://lifeboat-prod-") {
				t.Errorf("%s: the evidence is %q", c.reason, evidence)
			}
			if diff := cmp.Diff(c.cause, cause); diff != "" {
				t.Errorf("%s: (-want +got):\n%s", c.reason, diff)
			}
			for _, trouble := range w.Troubles() {
				t.Error(trouble)
			}
		})
	}
}

// Deployments of other shapes are drilled under their own roles as well.
func TestDrillsOfOtherShapes(t *testing.T) {
	folders := map[string]string{}
	for _, name := range []string{"adoption", "another partition", "china"} {
		folders[name] = shaped(t, name).folder
	}
	t.Parallel()
	for name, folder := range folders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, folder, nil)
			for _, database := range w.Databases() {
				r, err := w.Rehearse(context.Background(), database)
				if err != nil {
					t.Fatal(err)
				}
				if r.Ending != drill.Passed {
					t.Errorf("%s: %s: %s", database, r.Ending, r.Cause)
				}
			}
			for _, trouble := range w.Troubles() {
				t.Error(trouble)
			}
		})
	}
}
