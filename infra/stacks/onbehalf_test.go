package stacks_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/onbehalf"
)

// onBehalfOfResources are the questions that AWS asks the roles with which the
// resources of a template work.
func onBehalfOfResources(t *testing.T, a assembly) (list []request) {
	t.Helper()
	types := map[string]bool{}
	for _, row := range onbehalf.Table {
		if row.Principal == "" && strings.HasPrefix(row.On, "AWS::") {
			types[row.On] = true
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(types)) {
		for _, id := range a.recovery.Of(typ) {
			properties := a.recovery.Resources[id].Properties
			has := func(path string) bool { return property(properties, path) != nil }
			role := text(t, a.recovery, first(properties, "Role", "RoleArn", "Target.RoleArn"))
			if role == "" {
				continue // made by the CDK for the flow log
			}
			for _, q := range authz.OfResource(typ, role, has, namedBy(t, a, id), home, account) {
				if q.Principal == role { // services are another matter: see the template world
					list = append(list, request{strings.TrimPrefix(role, roleARN(account, "")), q.Action, q.Resource, q.Context})
				}
			}
		}
	}
	return list
}

// property follows a path such as Target.DeadLetterConfig.
func property(properties any, path string) any {
	for _, name := range strings.Split(path, ".") {
		object, _ := properties.(map[string]any)
		properties = object[name]
	}
	return properties
}

func first(properties map[string]any, paths ...string) any {
	for _, path := range paths {
		if value := property(properties, path); value != nil {
			return value
		}
	}
	return nil
}

// namedBy is what a resource names, for the table's placeholders.
func namedBy(t *testing.T, a assembly, id string) map[string]string {
	t.Helper()
	stack, r := a.recovery, a.recovery.Resources[id]
	names := map[string]string{
		"Key":    theDeploymentsKey(t, a),
		"Queue":  text(t, stack, first(r.Properties, "DeadLetterConfig.TargetArn", "Target.DeadLetterConfig.Arn")),
		"Target": text(t, stack, first(r.Properties, "Target.Arn")),
		"Log":    strings.Join([]string{"arn:aws:logs", home, account, "log-group"}, ":") + ":" + text(t, stack, first(r.Properties, "LoggingConfig.LogGroup")),
	}
	switch r.Type {
	case "AWS::Lambda::Function":
		names["Self"] = text(t, stack, map[string]any{"Fn::GetAtt": []any{id, "Arn"}})
	case "AWS::Scheduler::Schedule":
		names["Self"] = "arn:aws:scheduler:" + home + ":" + account + ":schedule/" + text(t, stack, r.Properties["GroupName"]) + "/" + id
	}
	return names
}

// theDeploymentsKey is the one of the stack that is kept.
func theDeploymentsKey(t *testing.T, a assembly) string {
	t.Helper()
	return text(t, a.kept, map[string]any{"Fn::GetAtt": []any{a.kept.Of("AWS::KMS::Key")[0], "Arn"}})
}

func text(t *testing.T, stack cfn.Template, value any) string {
	t.Helper()
	if value == nil {
		return ""
	}
	resolved, err := stack.Text(value)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

// Whatever AWS asks on behalf of a resource, its role answers: with the context
// that AWS sends.
func TestAskedOnBehalfOfResources(t *testing.T) {
	a := synthesized(t)
	cases := onBehalfOfResources(t, a)
	for i, got := range simulate(t, roles(t, a), cases) {
		if got != "Allowed" {
			t.Errorf("%s: %s of %s %v: %s", cases[i].Role, cases[i].Action, cases[i].Resource, cases[i].Context, got)
		}
	}
	if len(cases) < 50 {
		t.Errorf("only %d questions", len(cases))
	}
}

// The page has every row, with its source.
func TestTheTableIsDocumented(t *testing.T) {
	const file = "../../docs/on-behalf.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, row := range onbehalf.Table {
		if !strings.HasPrefix(row.Source, "https://docs.aws.amazon.com/") || row.Why == "" || len(row.Asks) == 0 {
			t.Errorf("%s %s: no reason, source or question", row.On, row.With)
		}
		lines.WriteString(documented(row) + "\n")
	}
	table := regexp.MustCompile(`(?m)^(\| ` + "`" + `.*\n)+`)
	if *update {
		page = table.ReplaceAllLiteral(page, []byte(lines.String()))
		if err := os.WriteFile(file, page, 0o644); err != nil { //nolint:gosec // a page
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(lines.String(), string(table.Find(page))); diff != "" {
		t.Errorf("docs/on-behalf.md is not the table: write it with -update (-table +page):\n%s", diff)
	}
}

// documented is a row as a line of the page.
func documented(row onbehalf.Row) string {
	actions := map[string]bool{}
	for _, q := range row.Asks {
		actions["`"+q.Action+"`"] = true
	}
	on := "`" + row.On + "`"
	if row.With != "" {
		on += " with `" + row.With + "`"
	}
	if row.Without != "" {
		on += " without the role `" + row.Without[strings.LastIndex(row.Without, "/")+1:] + "`"
	}
	who := "the caller"
	switch {
	case row.Principal == onbehalf.Deployer:
		who = "the deployer"
	case row.Principal != "":
		who = row.Principal
	case strings.Contains(row.On, "::"):
		who = "its role"
	}
	why := "[" + row.Why + "](" + row.Source + ")"
	if row.Unproven {
		why += " *(unproven)*"
	}
	return "| " + on + " | " + who + " | " + strings.Join(slices.Sorted(maps.Keys(actions)), ", ") + " | " + why + " |"
}
