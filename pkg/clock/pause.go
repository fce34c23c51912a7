package clock

import (
	"context"
	"time"
)

// Pause waits for d of the wall clock. It returns early, with the cause, where ctx
// ends before.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
