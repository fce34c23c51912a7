package functions_test

import (
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
)

// synthesized is the stack of the example as it is deployed: the golden
// templates, which infra's tests hold equal to what the CDK synthesizes.
func synthesized(t *testing.T) cfn.Template {
	t.Helper()
	where := cfn.Where{Partition: "aws", Region: home, Account: account}
	kept, err := cfn.Read("../infra/stacks/testdata/kept.template.json", where)
	if err != nil {
		t.Fatal(err)
	}
	stack, err := cfn.Read("../infra/stacks/testdata/drills.template.json", where)
	if err != nil {
		t.Fatal(err)
	}
	if stack.Exports, err = kept.Exported(); err != nil {
		t.Fatal(err)
	}
	return stack
}

// deployedFunctions are the folders of all functions of a stack, by logical id.
func deployedFunctions(t *testing.T, stack cfn.Template) map[string]string {
	t.Helper()
	names := map[string]string{}
	for _, id := range stack.Of("AWS::Lambda::Function") {
		name, err := stack.Text(stack.Resources[id].Properties["FunctionName"])
		if err != nil {
			t.Fatal(err)
		}
		names[id] = strings.TrimPrefix(name, "lifeboat-prod-")
	}
	return names
}

// environment of a function, as its template has it.
func environment(t *testing.T, stack cfn.Template, id string) map[string]string {
	t.Helper()
	env, err := stack.Environment(id)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// setting is a variable that all functions have.
func setting(t *testing.T, stack cfn.Template, name string) string {
	t.Helper()
	for id := range deployedFunctions(t, stack) {
		if value := environment(t, stack, id)[name]; value != "" {
			return value
		}
	}
	t.Fatalf("no function has %s", name)
	return ""
}
