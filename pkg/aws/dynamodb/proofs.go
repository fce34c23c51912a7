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

// newlyWatched is how many databases are remembered in one round: a fleet's first
// round must end in time, and the next one goes on minutes later.
const newlyWatched = 500

// LastPassed is when each database last passed a drill.
func (t *Table) LastPassed(ctx context.Context) (map[string]time.Time, error) {
	return t.times(ctx, passedKey, "recordedAt", "read when databases passed a drill")
}

// LastVerdicts is when a drill of each database last ended with evidence, in
// whichever of the four endings.
func (t *Table) LastVerdicts(ctx context.Context) (map[string]time.Time, error) {
	return t.times(ctx, verdictKey, "recordedAt", "read when drills of databases ended")
}

// Watched is since when each of these databases is watched. One that was not is
// from now on; of two who say so at once the first is right.
func (t *Table) Watched(ctx context.Context, databases []string, now time.Time) (map[string]time.Time, error) {
	const what = "remember since when databases are watched"
	since, err := t.times(ctx, watchedKey, "since", what)
	if err != nil {
		return nil, err
	}
	written := 0
	for _, database := range databases {
		if _, known := since[database]; known {
			continue
		}
		since[database] = now
		if written++; written > newlyWatched {
			continue
		}
		i := key{watchedKey, database}.item()
		i["since"] = text(now.UTC().Format(sortableTime))
		if _, err := t.put(ctx, i, condition{absent: true}, what); err != nil {
			return nil, err
		}
	}
	return since, nil
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
