package drillstep_test

import (
	"reflect"
	"testing"
)

// The model world of these tests has every step: one that it lacks would end
// them all in a panic.
func TestEveryStepIsWired(t *testing.T) {
	steps := reflect.ValueOf(new(world).steps())
	for i := range steps.NumField() {
		if steps.Field(i).IsZero() {
			t.Errorf("fakes_test.go: steps has no %s", steps.Type().Field(i).Name)
		}
	}
}
