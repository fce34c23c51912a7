package recoverystep_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step/recovery/recoverytest"
)

// crash is what happens at one write.
type crash struct {
	reason string
	// lost is the error of the write; after it had its effect, or before.
	lost  error
	after bool
	// stops the execution whose write it is; a parent is resumed.
	stops bool
}

var crashes = map[string]crash{
	"before": {reason: "the store did not take it", lost: &drill.Error{Name: drill.Transient, What: "no answer"}},
	"after":  {reason: "its answer was lost", lost: &drill.Error{Name: drill.Transient, What: "no answer"}, after: true},
	"stopped before": {
		reason: "somebody stopped the execution before it", lost: &drill.Error{Name: drill.Unexpected, What: "stopped"}, stops: true,
	},
	"stopped after": {
		reason: "somebody stopped the execution right after it", lost: &drill.Error{Name: drill.Unexpected, What: "stopped"}, after: true, stops: true,
	},
}

// After a crash at any single write no step is done twice and none is forgotten. The
// failing step is retried by the first decision.
func TestCrashAtEveryWrite(t *testing.T) {
	writes := 0
	for name, c := range crashes {
		for at := 1; ; at++ {
			fired := false
			t.Run(fmt.Sprintf("%s/%d", name, at), func(t *testing.T) {
				fired = crashed(t, c, at)
			})
			if !fired || t.Failed() {
				break
			}
			writes = max(writes, at)
		}
	}
	if writes < 20 {
		t.Errorf("%d writes: a diamond has more", writes)
	}
}

// crashed runs a recovery with a crash at one write, and tells whether there was such
// a write.
func crashed(t *testing.T, c crash, at int) bool {
	t.Helper()
	m, w := newModel(t, diamond())
	w.fails["w/b"] = 1
	for _, s := range m.Plan.Steps {
		w.takes[s.Node.ID] = time.Minute // fewer looks: what counts are the writes
	}
	count, fired, stopped := 0, false, ""
	hook := func(string) error {
		if count++; count != at {
			return nil
		}
		fired, stopped = true, m.Acting()
		if c.stops {
			if x := m.Execution(stopped); x != nil {
				x.Abort("Stopped", "by a test")
			}
		}
		return c.lost
	}
	if c.after {
		m.Store.After = hook
	} else {
		m.Store.Before = hook
	}
	x, err := m.Start("run-1", map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	finished(t, m, x)
	if !fired {
		return false
	}
	if c.stops && stopped == "run-1" && count == 1 && !c.after { // there never was a run
		return true
	}
	if diff := cmp.Diff(all(recovery.Succeeded), states(t, m)); diff != "" {
		t.Errorf("%s (%s): %s", c.reason, stopped, diff)
	}
	r, err := m.Store.Run(context.Background(), "run-1")
	if err != nil {
		t.Fatal(err)
	}
	if r.OverAt == nil || r.ReportedAt == nil || len(m.Left) != 0 {
		t.Errorf("%s (%s): over %v, reported %v, left %v", c.reason, stopped, r.OverAt, r.ReportedAt, m.Left)
	}
	if r.OverAt != nil && r.OverAt.Sub(midnight) > 20*time.Minute {
		t.Errorf("%s (%s): over only after %s", c.reason, stopped, r.OverAt.Sub(midnight))
	}
	return true
}

// finished lets time pass until nothing runs, as an operator would see it: what fails
// is retried, a parent that is gone is resumed. A retry whose write is lost is asked
// for again.
func finished(t *testing.T, m *recoverytest.Machines, parent *asl.Execution) {
	t.Helper()
	ctx := context.Background()
	for resumed := 0; ; {
		m.Until(func() bool {
			r, err := m.Store.Run(ctx, "run-1")
			return !m.Running() || err == nil && r.DecideBy != nil || isDone(parent)
		})
		r, err := m.Store.Run(ctx, "run-1")
		switch {
		case err != nil:
			return
		case r.ReportedAt != nil: // the last execution may have its end before it
			m.Until(func() bool { return !m.Running() })
			return
		case r.DecideBy != nil && r.OverAt == nil:
			retryAll(t, m)
		case isDone(parent):
			if resumed++; resumed > 3 {
				t.Fatal("it does not come to its end")
			}
			if parent, err = m.Start(fmt.Sprintf("run-1-again%d", resumed), recovery.Request{Resume: "run-1"}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func isDone(x *asl.Execution) bool {
	select {
	case <-x.Done():
		return true
	default:
		return false
	}
}

func retryAll(t *testing.T, m *recoverytest.Machines) {
	t.Helper()
	steps, err := m.Store.Steps(context.Background(), "run-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		if s.Status.State != recovery.Failed {
			continue
		}
		in := recoverystep.DecideStepIn{Run: "run-1", Choice: recovery.Retry, Step: s.Node.ID, Try: s.Status.Attempt, By: "ann", Reason: "once more"}
		for range 3 {
			if _, err = m.Decide(in); err == nil {
				break
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
