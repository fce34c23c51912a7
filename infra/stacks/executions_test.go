package stacks_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// What stands in the list of executions says whose drill it was, and nothing else
// stands there: an ending of the machine's is no reason for a clean-up.
func TestTheListOfExecutions(t *testing.T) {
	folder := synthesized(t).folder
	t.Parallel()
	m := opened(t, folder, sim.Scenario{})
	m.do(17*time.Hour, func() { m.start("of nobody", `{"database":"orders/none"}`) })
	m.do(18*time.Hour, func() { m.start("stopped", "{}") })
	m.do(18*time.Hour+10*time.Minute, func() { m.Stop(m.called["stopped"]) })
	if err := m.Pass(20 * time.Hour); err != nil {
		t.Fatal(err)
	}
	all := m.Executions()
	if len(all) != 4 {
		t.Fatalf("%d executions: %q", len(all), m.endings())
	}
	if !strings.Contains(all[0].ARN, ":lifeboat-prod-drill:orders-orders-db-") {
		t.Errorf("the drill of the schedule is called %s", all[0].ARN)
	}
	if template.Ending(all[1]) != drill.FailureClean {
		t.Errorf("%q", m.endings())
	}
	stopped := all[2].ARN[strings.LastIndexByte(all[2].ARN, ':')+1:]
	if !strings.HasSuffix(all[3].ARN, ":cleanup-"+stopped) {
		t.Errorf("after %s came %s", all[2].ARN, all[3].ARN)
	}
	for _, trouble := range m.Troubles() {
		t.Error(trouble)
	}
}
