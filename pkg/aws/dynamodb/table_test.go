package dynamodb_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/drill/drilltest"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// tableName makes a table's name of the test's.
func tableName(t *testing.T) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, t.Name())
}

// endings are the executions that are closed.
type endings struct {
	mu     sync.Mutex
	closed map[string]bool
}

func (e *endings) Closed(_ context.Context, executionID string) (bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed[executionID], nil
}

func (e *endings) close(executionIDs ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, id := range executionIDs {
		e.closed[id] = true
	}
}

func twoProcesses(cfg aws.Config, table string) drilltest.TwoProcesses {
	ended := &endings{closed: map[string]bool{}}
	return drilltest.TwoProcesses{
		One: dynamodb.New(cfg, table, ended.Closed), Two: dynamodb.New(cfg, table, ended.Closed), CutOff: ended.close,
	}
}

func entry(id string, hours int, restore *float64) drill.HistoryEntry {
	return drill.HistoryEntry{
		Database: "orders/orders-db", RunID: id, EvidenceID: id, RecordedAt: noon.Add(time.Duration(hours) * time.Hour), Ending: drill.Passed,
		Location: "s3://evidence/" + id + ".json", SHA256: "abc", RestoreSeconds: restore,
	}
}

func testHistory(t *testing.T, table *dynamodb.Table) {
	ctx := context.Background()
	if e, found, err := table.Newest(ctx, "orders/orders-db"); found || err != nil {
		t.Fatalf("of a database without history: %v %v %v", e, found, err)
	}
	var want []drill.PastRestore
	for i := range 30 {
		seconds := float64(1000+i) + 1.0/3
		e := entry(fmt.Sprintf("run-%02d", i), 2*i, &seconds)
		e.ToldByEvent = i%2 == 0
		if err := table.AddHistory(ctx, e); err != nil {
			t.Fatal(err)
		}
		want = append([]drill.PastRestore{{Seconds: seconds, ToldByEvent: e.ToldByEvent}}, want...)
	}
	other := entry("run-other", 99, aws.Float64(5))
	other.Database += "-2"
	failed := entry("run-failed", 70, nil)
	failed.Ending = drill.FailureClean
	adopted := entry("cleaner", 71, aws.Float64(1029)) // run-29 again, by the execution that cleaned up
	adopted.RunID = "run-29"
	adopted.Saw = &drill.Identity{Database: "orders", SystemIdentifier: "db-ABC", ServerVersion: "16.4"}
	want[0] = drill.PastRestore{Seconds: 1029}
	for _, e := range []drill.HistoryEntry{other, failed, adopted, failed} {
		if err := table.AddHistory(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	past, err := table.Past(ctx, "orders/orders-db")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[:20], past.Restores); diff != "" {
		t.Errorf("the newest 20 runs that became available, each once (-want +got):\n%s", diff)
	}
	reference := &drill.Reference{Identity: *adopted.Saw, RunID: adopted.RunID, RecordedAt: adopted.RecordedAt}
	if diff := cmp.Diff(reference, past.Reference); diff != "" {
		t.Errorf("what the last good drill saw (-want +got):\n%s", diff)
	}
	passed, err := table.LastPassed(ctx)
	if diff := cmp.Diff(map[string]time.Time{adopted.Database: adopted.RecordedAt, other.Database: other.RecordedAt}, passed); diff != "" || err != nil {
		t.Errorf("last passed: %v\n%s", err, diff)
	}
	verdicts, err := table.LastVerdicts(ctx) // failed was added again after adopted, and is older
	if diff := cmp.Diff(map[string]time.Time{adopted.Database: adopted.RecordedAt, other.Database: other.RecordedAt}, verdicts); diff != "" || err != nil {
		t.Errorf("last verdicts: %v\n%s", err, diff)
	}
	since, later := adopted.RecordedAt.Add(-time.Hour), adopted.RecordedAt
	for _, now := range []time.Time{since, later} {
		watched, err := table.Watched(ctx, []string{adopted.Database}, nil, now)
		if diff := cmp.Diff(map[string]time.Time{adopted.Database: since}, watched); diff != "" || err != nil {
			t.Errorf("watched since, asked at %s: %v\n%s", now, err, diff)
		}
	}
	testWatched(t, table)
	testRecorded(t, table)
	for _, want := range []drill.HistoryEntry{adopted, other} {
		newest, found, err := table.Newest(ctx, want.Database)
		if diff := cmp.Diff(want, newest); diff != "" || !found || err != nil {
			t.Errorf("newest of %s: %v %v\n%s", want.Database, found, err, diff)
		}
	}
}

func testTokens(t *testing.T, table *dynamodb.Table) {
	ctx := context.Background()
	const throwaway = "lifeboat-prod-0123456789ab"
	tokens := func(of string, want ...string) {
		t.Helper()
		got, err := table.Tokens(ctx, of)
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range want {
			if !strings.Contains(strings.Join(got, " "), token) {
				t.Errorf("%s is not there", token[:5])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d tokens, want %d", len(got), len(want))
		}
	}
	long := "long" + strings.Repeat("x", 2044) // as long as a token may be
	tokens(throwaway)
	for _, token := range []string{"first", long, long} {
		if err := table.PutToken(ctx, throwaway, token, noon); err != nil {
			t.Fatal(err)
		}
		tokens(throwaway, token) // nobody waits with an older one
	}
	tokens("lifeboat-prod-0123456789a")
	for _, tc := range []struct {
		forget string
		left   []string
	}{{"first", []string{long}}, {long, nil}, {long, nil}} { // an older one, forgotten late, takes no newer one along
		if err := table.DeleteToken(ctx, throwaway, tc.forget); err != nil {
			t.Fatal(err)
		}
		tokens(throwaway, tc.left...)
	}
}
