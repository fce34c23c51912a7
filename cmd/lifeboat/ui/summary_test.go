package ui

import (
	"strings"
	"testing"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

// A miss by less than a second shows what differs.
func TestWhatMissesByLittle(t *testing.T) {
	for _, c := range []struct {
		actual float64
		want   string
	}{{2850.4, "2850.400s, of 2850s"}, {2850, "47m30s"}, {2900, "48m20s"}} {
		target := 2850.0
		var text strings.Builder
		printObjective(&text, false, "RTO", drillevidence.SummaryObjective{ActualSeconds: &c.actual, TargetSeconds: &target, BudgetSeconds: &target})
		if !strings.Contains(text.String(), c.want+"  target 47m30s") {
			t.Errorf("%g: %s", c.actual, text.String())
		}
	}
}
