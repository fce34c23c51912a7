package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Sweep lets the sweeper look now. Of what it found, ages are not told: they are
// no part of what the function answers.
func (w *World) Sweep(ctx context.Context) (step.SweeperOut, error) {
	return round[step.SweeperOut](ctx, w, deployed.Sweeper)
}

// Monitor lets the backup monitor look now.
func (w *World) Monitor(ctx context.Context) (step.BackupMonitorOut, error) {
	return round[step.BackupMonitorOut](ctx, w, deployed.BackupMonitor)
}

// Dispatch lets the dispatcher look now.
func (w *World) Dispatch(ctx context.Context) (step.DispatcherOut, error) {
	return round[step.DispatcherOut](ctx, w, deployed.Dispatcher)
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
