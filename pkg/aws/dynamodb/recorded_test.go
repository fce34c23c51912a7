package dynamodb_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// testRecorded: the recovery that was recorded last, and when each workload was.
func testRecorded(t *testing.T, table *dynamodb.Table) {
	at := time.Date(2031, 5, 1, 0, 0, 0, 0, time.UTC)
	if _, found, err := table.NewestRecovery(t.Context()); found || err != nil {
		t.Errorf("of none: %t %v", found, err)
	}
	one := recovery.Recorded{ID: "one", Mode: recovery.Exercise, Workloads: []string{"orders", "stock"}, StartedAt: at.Add(-time.Hour), RecordedAt: at, Ending: "Passed", SHA256: "a", Location: "s3://b/one"}
	two := recovery.Recorded{ID: "two", Mode: recovery.Failover, Workloads: []string{"orders"}, StartedAt: at, RecordedAt: at.Add(time.Hour), Ending: "FailureClean", SHA256: "b", Location: "s3://b/two"}
	for _, r := range []recovery.Recorded{one, two, one} {
		if err := table.AddRecovery(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	newest, found, err := table.NewestRecovery(t.Context())
	if diff := cmp.Diff(two, newest); diff != "" || !found || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	last, err := table.LastRecovered(t.Context())
	if diff := cmp.Diff(map[string]time.Time{"orders": two.RecordedAt, "stock": one.RecordedAt}, last); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
