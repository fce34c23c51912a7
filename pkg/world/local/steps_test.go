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
	w, err := Open(Options{StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	steps := reflect.ValueOf(w.steps(func() []drillevidence.State { return nil }))
	for i := range steps.NumField() {
		if name := steps.Type().Field(i).Name; steps.Field(i).IsZero() != notHere[name] {
			t.Errorf("%s: wired %t", name, !steps.Field(i).IsZero())
		}
	}
}
