package drillevidence

import "testing"

// A miss by less than the report's units shows what differs.
func TestTileOfWhatMissesByLittle(t *testing.T) {
	target := 2850.0
	for actual, want := range map[float64]string{2850.4: "2850.4 s", 2850: "47 min 30 s", 2900: "48 min 20 s"} {
		var o Objective
		o.ActualSeconds, o.TargetSeconds = &actual, &target
		if got := objectiveTile("RTO", o); got.Value != want {
			t.Errorf("%g: %+v", actual, got)
		}
	}
}
