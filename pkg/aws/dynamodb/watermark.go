package dynamodb

import (
	"context"
	"fmt"
	"time"
)

var watermark = key{"dispatcher", "watermark"}

// Dispatched is up to when drills were dispatched; the zero time: never.
func (t *Table) Dispatched(ctx context.Context) (time.Time, error) {
	const what = "read up to when drills were dispatched"
	i, err := t.get(ctx, watermark, what)
	if err != nil || i == nil {
		return time.Time{}, err
	}
	at, err := time.Parse(sortableTime, textOf(i, "until"))
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %w", what, err)
	}
	return at, nil
}

// SetDispatched remembers it. Of two rounds at once the later write stays:
// starting again what was started does nothing.
func (t *Table) SetDispatched(ctx context.Context, until time.Time) error {
	i := watermark.item()
	i["until"] = text(until.UTC().Format(sortableTime))
	_, err := t.put(ctx, i, condition{}, "remember up to when drills were dispatched")
	return err
}
