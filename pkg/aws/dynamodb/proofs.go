package dynamodb

import (
	"context"
	"time"
)

// These have one item per database, so that the monitor reads them all with a few
// calls: the last drill that passed, the last that ended with evidence, and since
// when the database is watched.
const (
	passedKey  = "passed"
	verdictKey = "verdict"
	watchedKey = "watched"
)

// LastPassed is when each database last passed a drill.
func (t *Table) LastPassed(ctx context.Context) (map[string]time.Time, error) {
	return t.times(ctx, passedKey, "recordedAt", "read when databases passed a drill")
}

// LastVerdicts is when a drill of each database last ended with evidence, in
// whichever of the four endings.
func (t *Table) LastVerdicts(ctx context.Context) (map[string]time.Time, error) {
	return t.times(ctx, verdictKey, "recordedAt", "read when drills of databases ended")
}

// times are those of all items under a key, by the database.
func (t *Table) times(ctx context.Context, pk, attribute, what string) (map[string]time.Time, error) {
	times := map[string]time.Time{}
	for i, err := range t.query(ctx, key{pk: pk}, false, 0, what) {
		if err != nil {
			return nil, err
		}
		if at, err := time.Parse(sortableTime, textOf(i, attribute)); err == nil {
			times[textOf(i, "sk")] = at
		}
	}
	return times, nil
}
