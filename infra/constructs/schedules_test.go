package constructs

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
)

// What a schedule asks Step Functions for, once the scheduler has filled it in.
func TestARequestOfASchedule(t *testing.T) {
	names := Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}
	long := strings.Repeat("w", 63)
	for name, c := range map[string]struct{ workload, database, want string }{
		"usual":           {"orders", "orders-db", "orders-orders-db-"},
		"dots":            {"orders.eu", "orders_db", "orders-eu-orders_db-"},
		"as long as ever": {long, long, strings.Repeat("w", 43) + "-"},
	} {
		s := Schedule{Workload: c.workload, Database: c.database}
		for _, id := range []string{"d32c5kddcf5bb8c3", "6bf1bd0b-2b0a-4c0e-9d0f-1d2a3b4c5d6e"} {
			filled := strings.NewReplacer("<aws.scheduler.execution-id>", id, "<aws.scheduler.scheduled-time>", "2026-11-02T03:00:00Z").Replace(requestOf(names, s))
			var got struct{ StateMachineArn, Name, Input string }
			if err := json.Unmarshal([]byte(filled), &got); err != nil {
				t.Fatal(err)
			}
			if got.Name != c.want+id || sfn.CheckName(got.Name) != nil || got.StateMachineArn != names.MachineARN() {
				t.Errorf("%s: %s, %v, of %s", name, got.Name, sfn.CheckName(got.Name), got.StateMachineArn)
			}
			var input map[string]string
			if err := json.Unmarshal([]byte(got.Input), &input); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"database": s.name(), "scheduledTime": "2026-11-02T03:00:00Z", "trigger": "schedule", "startedBy": "EventBridge Scheduler"}
			if diff := cmp.Diff(want, input); diff != "" {
				t.Errorf("%s: (-want +got):\n%s", name, diff)
			}
		}
	}
}
