package local

import (
	"reflect"
	"testing"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

// notHere are steps that the machine never enters on this machine: no provider
// sends events.
var notHere = map[string]bool{"AwaitEvent": true}

// A step without adapters would end the process in the middle of a drill.
func TestEveryStepIsWired(t *testing.T) {
	w, err := Open(Options{StateDir: t.TempDir(), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	steps := reflect.ValueOf(w.steps(func() []drillevidence.State { return nil }))
	for i := range steps.NumField() {
		name, step := steps.Type().Field(i).Name, steps.Field(i)
		if step.IsZero() != notHere[name] {
			t.Errorf("%s: wired %t", name, !step.IsZero())
			continue
		}
		for j := range step.NumField() {
			if need := step.Type().Field(j).Name; step.Field(j).IsZero() && !notHere[name] {
				t.Errorf("%s: nothing is its %s", name, need)
			}
		}
	}
}
