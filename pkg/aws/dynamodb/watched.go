package dynamodb

import (
	"context"
	"time"
)

// WatchedSince is since when the monitor has watched each database, as Watched
// remembers it. It only reads.
func (t *Table) WatchedSince(ctx context.Context) (map[string]time.Time, error) {
	return t.times(ctx, watchedKey, "since", "read since when databases are watched")
}
