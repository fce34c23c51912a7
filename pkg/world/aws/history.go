package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// History lists the documents in the bucket. They are read from the newest on,
// and no more of them than are asked for. Whether they are what was recorded is
// for `evidence verify` to find, which reads all of them. A drill that was cut
// off is no matter of its own here: the deployment cleans up after it, and that
// records its evidence.
func (w *World) History(ctx context.Context, q world.Query) (world.History, error) {
	var h world.History
	archive := w.archive()
	ids, err := archive.newestFirst(ctx)
	if err != nil {
		return h, fmt.Errorf("read the history: %w", err)
	}
	for _, id := range ids {
		if q.Limit > 0 && len(h.Drills) == q.Limit {
			break
		}
		text, err := archive.Text(ctx, id)
		var unavailable record.Unavailable
		if errors.As(err, &unavailable) {
			return h, fmt.Errorf("read the history: %w", err)
		}
		var d drillevidence.Document
		if err == nil {
			d, err = drillevidence.DecodeAs(id, text)
		}
		switch {
		case err != nil:
			h.Unreadable = append(h.Unreadable, fmt.Errorf("%s: %w", archive.Location(id), err))
		case q.Matches(d):
			h.Drills = append(h.Drills, world.PastDrill{Document: d, Evidence: archive.Location(id)})
		}
	}
	world.Newest(h.Drills)
	return h, nil
}

// newestFirst are the IDs of all documents by when they were first written.
func (a *Archive) newestFirst(ctx context.Context) ([]string, error) {
	ids, err := a.IDs(ctx)
	if err != nil {
		return nil, err
	}
	written := map[string]time.Time{}
	for _, id := range ids {
		for _, v := range a.seen[a.keyOf(id)] {
			if at, known := written[id]; !v.Deleted && (!known || v.At.Before(at)) {
				written[id] = v.At
			}
		}
	}
	slices.SortStableFunc(ids, func(a, b string) int { return written[b].Compare(written[a]) })
	return ids, nil
}
