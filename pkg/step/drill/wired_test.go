package drillstep_test

import (
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// The model world of these tests is every adapter that a step needs: one that it
// is not would end them all in a panic.
func TestEveryStepIsWired(t *testing.T) {
	steps := modelWorld(clock.NewVirtual(midnight)).steps()
	for _, step := range fieldsOf(&steps) {
		for i, need := range fieldsOf(step.Addr().Interface()) {
			if need.IsZero() {
				t.Errorf("%s: nothing is its %s: add the methods to world", step.Type().Name(), step.Type().Field(i).Name)
			}
		}
	}
}
