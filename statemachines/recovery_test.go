package statemachines_test

import (
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

func TestRecoveryLoads(t *testing.T) {
	for name, m := range map[string]struct {
		text      []byte
		functions map[string]string
	}{
		"recovery":      {statemachines.Recovery, recoverystep.ParentFunctions()},
		"recovery-step": {statemachines.RecoveryStep, recoverystep.ChildFunctions()},
	} {
		if _, err := asl.Load(m.text, asl.WithSubstitutions(m.functions)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
