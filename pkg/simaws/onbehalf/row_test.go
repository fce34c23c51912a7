package onbehalf_test

import (
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/onbehalf"
)

// Every row has a reason, a page and something that it asks, and none is there
// twice.
func TestRows(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range onbehalf.Table {
		name := strings.Join([]string{row.On, row.With, row.Without, row.Principal, row.Why}, " ")
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
		if row.Why == "" || len(row.Asks) == 0 || !strings.HasPrefix(row.Source, "https://docs.aws.amazon.com/") {
			t.Errorf("%s: no reason, page or question", name)
		}
		if row.Each && strings.Contains(row.On, "::") {
			t.Errorf("%s: a resource is one", name)
		}
	}
	if len(seen) < 25 {
		t.Errorf("only %d rows", len(seen))
	}
	for _, row := range onbehalf.Unproven() {
		t.Logf("unproven: %s: %s (%s)", row.On, row.Why, row.Source)
	}
}
