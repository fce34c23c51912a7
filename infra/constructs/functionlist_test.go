package constructs

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// A function without a row would have no version, and the machine nothing to call.
func TestEveryFunctionHasARow(t *testing.T) {
	var rows []string
	for _, f := range slices.Concat(functionList, recoveryFunctions) {
		rows = append(rows, f.name)
	}
	functions := slices.Concat(deployed.Functions, deployed.RecoveryFunctions)
	slices.Sort(functions)
	if diff := cmp.Diff(slices.Compact(functions), slices.Sorted(slices.Values(rows))); diff != "" {
		t.Errorf("(-functions +rows):\n%s", diff)
	}
}
