package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
)

// Sweep lets the sweeper look now. Of what it found, ages are not told: they are
// no part of what the function answers.
func (w *World) Sweep(ctx context.Context) (rounds.SweeperOut, error) {
	return round[rounds.SweeperOut](ctx, w, deployed.Sweeper)
}

// Monitor lets the backup monitor look now.
func (w *World) Monitor(ctx context.Context) (rounds.BackupMonitorOut, error) {
	return round[rounds.BackupMonitorOut](ctx, w, deployed.BackupMonitor)
}

// Preflight lets the preflight look now.
func (w *World) Preflight(ctx context.Context) (rounds.PreflightOut, error) {
	return round[rounds.PreflightOut](ctx, w, deployed.Preflight)
}

// Dispatch lets the dispatcher look now.
func (w *World) Dispatch(ctx context.Context) (rounds.DispatcherOut, error) {
	return round[rounds.DispatcherOut](ctx, w, deployed.Dispatcher)
}

// round calls a function as its schedule does.
func round[Out any](ctx context.Context, w *World, function string) (out Out, err error) {
	text, err := w.functions.invoke(ctx, function, json.RawMessage("{}"))
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return out, fmt.Errorf("the answer of %s: %w", function, err)
	}
	return out, nil
}

// Pass lets time pass.
func (w *World) Pass(d time.Duration) { w.clock.Advance(d) }
