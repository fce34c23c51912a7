package dynamodb_test

import (
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
)

// testWatched: a database that is back in the plan is watched anew; one that nobody
// could look at, because the monitor stood still, is not.
func testWatched(t *testing.T, table *dynamodb.Table) {
	const day = 24 * time.Hour
	start := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, round := range []struct {
		reason    string
		at        time.Duration
		databases []string
		want      map[string]time.Duration // since, after the start
	}{
		{"new", 0, []string{"w/stays", "w/goes", "w/away"}, map[string]time.Duration{"w/stays": 0, "w/goes": 0, "w/away": 0}},
		{"the same day", time.Hour, []string{"w/stays", "w/goes"}, map[string]time.Duration{"w/stays": 0, "w/goes": 0}},
		{"one is out of the plan", 5 * day, []string{"w/stays", "w/away"}, map[string]time.Duration{"w/stays": 0, "w/away": 0}},
		{"back within a week", 6 * day, []string{"w/goes"}, map[string]time.Duration{"w/goes": 0}},
		{"the monitor stood still", 40 * day, []string{"w/stays", "w/goes"}, map[string]time.Duration{"w/stays": 0, "w/goes": 0}},
		{"back after weeks", 41 * day, []string{"w/stays", "w/away"}, map[string]time.Duration{"w/stays": 0, "w/away": 41 * day}},
		{"and stays so", 43 * day, []string{"w/away"}, map[string]time.Duration{"w/away": 41 * day}},
	} {
		got, err := table.Watched(t.Context(), round.databases, nil, start.Add(round.at))
		if err != nil {
			t.Fatal(err)
		}
		for database, want := range round.want {
			if got[database].Sub(start) != want {
				t.Errorf("%s: %s is watched since %s, want %s", round.reason, database, got[database].Sub(start), want)
			}
		}
	}
}
