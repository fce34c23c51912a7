package stacks_test

import "testing"

// AWS takes every deployment: each resource can be made, whatever its policies name
// exists and goes together, and whoever is asked on its behalf may.
func TestEveryShapeDeploys(t *testing.T) {
	for name := range allShapes() {
		t.Run(name, func(t *testing.T) { open(t, shaped(t, name).folder, nil) })
	}
}
