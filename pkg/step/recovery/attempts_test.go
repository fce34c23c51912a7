package recoverystep_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step/recovery/recoverytest"
)

// does is a Work made of a function.
type does func(recoverystep.Job) (recoverystep.Progress, error)

func (d does) Do(_ context.Context, job recoverystep.Job) (recoverystep.Progress, error) {
	return d(job)
}

func alone(t *testing.T, timeout time.Duration, work does) *recoverytest.Machines {
	t.Helper()
	plan := planOf(nil, "a")
	plan.Workloads[0].RTOSeconds, plan.Steps[0].Spec.TimeoutSeconds = 0, timeout.Seconds()
	m, err := recoverytest.NewMachines(midnight, plan, recoverystep.Works{"model": work})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// What a call found and made before it failed is in the record, and in the report.
func TestAFailureKeepsWhatTheCallDid(t *testing.T) {
	found := &recovery.Result{
		Says: "1 of 2", Checks: []recovery.CheckResult{{Name: "stack", Passed: true}, {Name: "key", Says: "it is gone"}},
		Resources: []recovery.Resource{{Kind: "rds:db", ID: "orders"}},
	}
	for name, tc := range map[string]struct {
		reason string
		work   does
		error  string
	}{
		"failed": {"the work says so itself", func(recoverystep.Job) (recoverystep.Progress, error) {
			return recoverystep.Progress{Result: found}, &drill.Error{Name: drill.NotPrepared, What: "key: it is gone", Hint: "make one"}
		}, string(drill.NotPrepared)},
		"timed out": {"made in the call in which the time was up", func(job recoverystep.Job) (recoverystep.Progress, error) {
			if job.State == nil {
				return recoverystep.Progress{Next: recoverystep.Again, State: []byte(`1`), NextAt: new(job.Now.Add(time.Hour))}, nil
			}
			p := recoverystep.Progress{Next: recoverystep.Again, State: []byte(`1`)}
			if !job.Now.Before(midnight.Add(10 * time.Minute)) {
				p.Result = found
			}
			return p, nil
		}, string(recoverystep.StepTimedOut)},
	} {
		t.Run(name, func(t *testing.T) {
			m := alone(t, 10*time.Minute, tc.work)
			run(t, m, map[string]any{"mode": "failover", "confirm": "test"})
			steps, err := m.Store.Steps(t.Context(), "run-1")
			if err != nil {
				t.Fatal(err)
			}
			s := steps[0].Status
			if s.State != recovery.Failed || s.Failure == nil || s.Failure.Error != tc.error || s.Failure.Hint == "" || strings.Contains(s.Failure.Cause, "errorType") {
				t.Fatalf("%s: %s %+v", tc.reason, s.State, s.Failure)
			}
			if s.Result == nil || len(s.Result.Checks) != 2 || len(s.Result.Resources) != 1 {
				t.Errorf("%s: %+v", tc.reason, s.Result)
			}
			if got := m.Reports[0].Verdict.Ending; got != recovery.FailureDirty {
				t.Errorf("half made, and it ended as %s", got)
			}
		})
	}
}

// What may pass is asked for again, whatever the call had done.
func TestWhatMayPassIsAskedForAgain(t *testing.T) {
	calls := 0
	m := alone(t, 10*time.Minute, func(recoverystep.Job) (recoverystep.Progress, error) {
		if calls++; calls < 4 {
			return recoverystep.Progress{Result: &recovery.Result{Says: "half"}}, &drill.Error{Name: drill.Throttled, What: "slow down"}
		}
		return recoverystep.Progress{Next: recoverystep.Done, Result: &recovery.Result{Says: "done"}}, nil
	})
	if r := run(t, m, map[string]any{}); ending(r) != "Passed" {
		t.Errorf("%s: %s", ending(r), r.Cause)
	}
}

// The longest attempt that a plan may have does not fill its execution's history,
// however often its kind wants to look: of 25,000 events more than a quarter is left for
// what is asked for again.
func TestTheLongestAttemptFitsTheHistory(t *testing.T) {
	for name, tc := range map[string]struct {
		timeout, every time.Duration
		events         int // of a look
	}{
		"http-check":      {6 * time.Hour, 5 * time.Second, 9},
		"sql-check":       {6 * time.Hour, 15 * time.Second, 21},
		"promote-replica": {48 * time.Hour, 15 * time.Second, 9},
		"wait":            {24 * time.Hour, 24 * time.Hour, 9},
	} {
		t.Run(name, func(t *testing.T) {
			m := alone(t, tc.timeout, func(job recoverystep.Job) (recoverystep.Progress, error) {
				return recoverystep.Progress{Next: recoverystep.Again, NextAt: new(job.Now.Add(tc.every))}, nil
			})
			if _, err := m.Start("run-1", map[string]any{}); err != nil {
				t.Fatal(err)
			}
			m.Clock.Advance(time.Second) // it runs
			at := &fixed{m.Clock.Now()}
			step, looks, widest := recoverystep.RunStep{Store: m.Store, Works: m.Works, Clock: at}, 0, time.Duration(0)
			for {
				looks++
				out, err := step.Handle(t.Context(), recoverystep.RunStepIn{ChildInput: recovery.ChildInput{Run: "run-1", Step: 1, Attempt: 1}})
				if drill.NameOf(err) == recoverystep.StepTimedOut {
					break
				}
				next, bad := time.Parse(time.RFC3339, out.NextAt)
				if err != nil || bad != nil {
					t.Fatal(err, bad)
				}
				if looks <= 20 && next.Sub(at.now) > min(tc.every, time.Minute)+time.Second {
					t.Fatalf("look %d comes %s after the one before", looks+1, next.Sub(at.now))
				}
				widest, at.now = max(widest, next.Sub(at.now)), next
			}
			if events := looks * tc.events; events > 18_000 {
				t.Errorf("%d looks: %d events", looks, events)
			}
			if widest > 2*time.Minute {
				t.Errorf("%s without a look: that long nobody sees a decision", widest)
			}
		})
	}
}

// An attempt that goes on with what an earlier one made knows of which moment it is.
func TestARetryKnowsThePointOfWhatItGoesOnWith(t *testing.T) {
	at, loss := midnight.Add(-10*time.Minute), 600.0
	var seen []*recovery.Result
	m := alone(t, 10*time.Minute, func(job recoverystep.Job) (recoverystep.Progress, error) {
		seen = append(seen, job.Step.Status.Result)
		switch job.Step.Status.Attempt {
		case 1:
			return recoverystep.Progress{Result: &recovery.Result{
				PointTime: &at, PointID: "snapshot-1", LossSeconds: &loss, Resources: []recovery.Resource{{Kind: "rds:db", ID: "orders"}},
			}}, &drill.Error{Name: drill.RestoreFailed, What: "looking failed"}
		case 2: // before it has looked
			return recoverystep.Progress{}, &drill.Error{Name: drill.RestoreFailed, What: "no answer"}
		}
		return recoverystep.Progress{Next: recoverystep.Done}, nil
	})
	first, err := m.Start("run-1", map[string]any{"mode": "failover", "confirm": "test"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		m.Clock.Advance(90 * time.Second)
		decide := recoverystep.DecideStep{Store: m.Store, Executions: m, Clock: m.Clock}
		if _, err := decide.Handle(t.Context(), recoverystep.DecideStepIn{Run: "run-1", Choice: recovery.Retry, Step: "w/a", By: "ann", Reason: "again"}); err != nil {
			t.Fatal(err)
		}
	}
	wait(t, first)
	if len(seen) != 3 {
		t.Fatalf("%d attempts", len(seen))
	}
	for i, r := range seen[1:] {
		if r == nil || r.PointID != "snapshot-1" || r.PointTime == nil || r.LossSeconds == nil || *r.LossSeconds != loss {
			t.Errorf("attempt %d: %+v", i+2, r)
		}
	}
}
