package local

import (
	"reflect"
	"testing"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

// notHere are steps that the machine never enters on this machine: no provider
// sends events.
var notHere = map[string]bool{"AwaitEvent": true}

// notNeeded are adapters that may be missing here, and why.
var notNeeded = map[string]string{
	"ClaimSlot.Known":    "nobody types the name of an execution to clean up after: a drill finds those that were cut off by itself",
	"SelectBackup.Ahead": "nothing that a provider offers or supports could have the restore refused here",
}

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
			if need := step.Type().Field(j).Name; step.Field(j).IsZero() && !notHere[name] && notNeeded[name+"."+need] == "" {
				t.Errorf("%s: nothing is its %s", name, need)
			}
		}
	}
}
