package dynamodb

import (
	"context"
	"time"
)

const (
	// mostWritten is how many databases are remembered in one round: a fleet's first
	// round must end in time, and the next one goes on minutes later.
	mostWritten = 500
	// seenEvery is how often is written down that a database is still watched, and
	// forgottenAfter how long it may not be before it counts as taken out of the plan.
	seenEvery      = 24 * time.Hour
	forgottenAfter = 7 * 24 * time.Hour
)

// Watched is since when each of these databases is watched. One that was not is
// from now on, and one that was taken out of the plan and is back: else its drills
// would be overdue before the first could be. Of two who say so at once the first
// is right. A database that had drills before anybody watched it is measured by
// these: since is then when its last verdict was, which the caller knows.
func (t *Table) Watched(ctx context.Context, databases []string, verdicts map[string]time.Time, now time.Time) (map[string]time.Time, error) {
	const what = "remember since when databases are watched"
	since, err := t.times(ctx, watchedKey, "since", what)
	if err != nil {
		return nil, err
	}
	seen, err := t.times(ctx, watchedKey, "seen", what)
	if err != nil {
		return nil, err
	}
	// Where none was seen the monitor stood still, and no database was taken out.
	var newest time.Time
	for _, at := range seen {
		if at.After(newest) {
			newest = at
		}
	}
	written := 0
	for _, database := range databases {
		_, known := since[database]
		last, remembered := seen[database] // versions before this one remembered none
		if known && remembered && now.Sub(last) < seenEvery {
			continue
		}
		switch verdict := verdicts[database]; {
		case !known && !verdict.IsZero():
			since[database] = verdict
		case !known || remembered && newest.Sub(last) > forgottenAfter:
			since[database] = now
		}
		if written++; written > mostWritten {
			continue
		}
		i := key{watchedKey, database}.item()
		i["since"], i["seen"] = text(since[database].UTC().Format(sortableTime)), text(now.UTC().Format(sortableTime))
		if _, err := t.put(ctx, i, condition{absent: !known}, what); err != nil {
			return nil, err
		}
	}
	return since, nil
}

// WatchedSince is since when the monitor has watched each database, as Watched
// remembers it. It only reads.
func (t *Table) WatchedSince(ctx context.Context) (map[string]time.Time, error) {
	return t.times(ctx, watchedKey, "since", "read since when databases are watched")
}
