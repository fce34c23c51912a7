package recoverystep_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

func wait(t *testing.T, x *asl.Execution) *asl.Result {
	t.Helper()
	r, err := x.Wait(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A parent whose history is nearly full hands over; its successor reports.
func TestHandsOver(t *testing.T) {
	plan := planOf(nil, "a")
	plan.Workloads[0].RTOSeconds, plan.Steps[0].Spec.TimeoutSeconds = 0, 48*3600
	m, w := newModel(t, plan)
	w.takes["w/a"] = 30 * time.Hour
	r := run(t, m, map[string]any{})
	if ending(r) != "handedOver" {
		t.Fatalf("%s: %s", ending(r), r.Cause)
	}
	if n := len(r.Events); n > 23000 {
		t.Errorf("%d events: there is no room left for a removal", n)
	}
	next := m.Execution(recovery.ParentName("run-1", 2))
	if next == nil {
		t.Fatal("there is no successor")
	}
	if got := wait(t, next); ending(got) != "Passed" {
		t.Errorf("the successor: %s: %s", ending(got), got.Cause)
	}
	if len(m.Reports) != 1 {
		t.Errorf("%d reports", len(m.Reports))
	}
}

// Two parents on one run: the older one ends without a report.
func TestOlderParentIsFencedOff(t *testing.T) {
	m, _ := newModel(t, diamond())
	first, err := m.Start("run-1", map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	m.Clock.Advance(90 * time.Second)
	second, err := m.Start("again", recovery.Request{Resume: "run-1"})
	if err != nil {
		t.Fatal(err)
	}
	if r := wait(t, second); ending(r) != "Passed" {
		t.Errorf("the newer: %s: %s", ending(r), r.Cause)
	}
	if r := wait(t, first); ending(r) != "superseded" {
		t.Errorf("the older: %s: %s", ending(r), r.Cause)
	}
	third, err := m.Run("third", recovery.Request{Resume: "run-1"})
	if err != nil {
		t.Fatal(err)
	}
	if ending(third) != "finished" || len(m.Reports) != 1 {
		t.Errorf("resumed once it was over: %s, %d reports", ending(third), len(m.Reports))
	}
}

// A wake-up that is lost costs a minute.
func TestDeafParentLooksItself(t *testing.T) {
	m, _ := newModel(t, diamond())
	m.Deaf = true
	r := run(t, m, map[string]any{})
	if ending(r) != "Passed" {
		t.Fatalf("%s: %s", ending(r), r.Cause)
	}
	if late := m.Reports[0].RecordedAt.Sub(*m.Reports[0].Run.OverAt); late > 61*time.Second {
		t.Errorf("reported %s after the end", late)
	}
}

// Step Functions takes no starts for a while: nothing fails, and nothing is lost.
func TestThrottled(t *testing.T) {
	m, _ := newModel(t, diamond())
	refused := 0
	m.Throttle = func(string) error {
		if refused++; refused%3 != 0 {
			return &drill.Error{Name: drill.Throttled, What: "slow down"}
		}
		return nil
	}
	r := run(t, m, map[string]any{})
	if ending(r) != "Passed" {
		t.Fatalf("%s: %s", ending(r), r.Cause)
	}
	if diff := cmp.Diff(all(recovery.Succeeded), states(t, m)); diff != "" {
		t.Error(diff)
	}
}

// What the parent was cut off from is aborted, and what its steps made goes.
func TestResumedToBeAborted(t *testing.T) {
	m, _ := newModel(t, diamond())
	first, err := m.Start("run-1", map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	m.Clock.Advance(6 * time.Minute)
	first.Abort("Stopped", "by hand")
	r, err := m.Run("again", recovery.Request{Resume: "run-1", Abort: true, StartedBy: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	if ending(r) != "FailureClean" || len(m.Left) != 0 || m.Running() {
		t.Errorf("%s: %s; left %v", ending(r), r.Cause, m.Left)
	}
	for name, s := range states(t, m) {
		if s.Open() {
			t.Errorf("%s is %s", name, s)
		}
	}
	if d := m.Reports[0].Run.Aborted(); d == nil || d.By != "ann" {
		t.Errorf("decided: %v", d)
	}
}

// The parent cannot leave its token for an hour: it looks every minute instead.
func TestTokenIsNotTaken(t *testing.T) {
	plan := planOf(nil, "a")
	plan.Steps[0].Spec.TimeoutSeconds = 5 * 3600
	m, w := newModel(t, plan)
	w.takes["w/a"] = 2 * time.Hour
	m.Store.Before = func(write string) error {
		since := m.Clock.Now().Sub(midnight)
		if strings.HasPrefix(write, "PutRun") && since > 10*time.Minute && since < 70*time.Minute {
			return errors.New("no answer")
		}
		return nil
	}
	if r := run(t, m, map[string]any{}); ending(r) != "Passed" {
		t.Errorf("%s: %s", ending(r), r.Cause)
	}
}

// A parent that cannot read the record for a quarter of an hour gives up: what the
// exercise made goes, and the report is written.
func TestParentIsLost(t *testing.T) {
	m, _ := newModel(t, diamond())
	broken := m.Steps()
	broken.StartReady.Store = blind{m.Store}
	m.Wire(broken)
	r := run(t, m, map[string]any{})
	if ending(r) != "FailureClean" || len(m.Left) != 0 {
		t.Errorf("%s: %s; left %v", ending(r), r.Cause, m.Left)
	}
	if got := entered(r); !slices.Contains(got, "GiveUp") || !slices.Contains(got, "ReportRecovery") {
		t.Errorf("states: %v", got)
	}
}

type blind struct{ recoverystep.Store }

func (blind) Run(context.Context, string) (recovery.Run, error) {
	return recovery.Run{}, errors.New("no answer")
}

// The record takes no writes for a while, wherever the run is: no step fails by that,
// and nothing is left behind.
func TestRecordIsGoneForMinutes(t *testing.T) {
	for _, from := range []time.Duration{0, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute} {
		m, _ := newModel(t, diamond())
		m.Store.Before = func(string) error {
			since := m.Clock.Now().Sub(midnight)
			if since > from && since < from+2*time.Minute {
				return &drill.Error{Name: drill.Transient, What: "no answer"}
			}
			return nil
		}
		if r := run(t, m, map[string]any{}); ending(r) != "Passed" || len(m.Left) != 0 {
			t.Errorf("from %s: %s: %s; left %v", from, ending(r), r.Cause, m.Left)
		}
	}
}

// The evidence cannot be written: it says so, and whether something is left.
func TestEvidenceFails(t *testing.T) {
	m, _ := newModel(t, diamond())
	broken := m.Steps()
	broken.ReportRecovery.Evidence = unwritten{}
	m.Wire(broken)
	if r := run(t, m, map[string]any{}); ending(r) != "FailureClean" || !strings.Contains(r.Cause, "EvidenceFailed") {
		t.Errorf("%s: %s", ending(r), r.Cause)
	}
	// Of a failover it would say whether something is half made: unknown is not clean.
	m, w := newModel(t, diamond())
	w.live, broken = true, m.Steps()
	broken.ReportRecovery.Evidence = unwritten{}
	m.Wire(broken)
	if r := run(t, m, map[string]any{"mode": "failover", "confirm": "test"}); ending(r) != "FailureDirty" || !strings.Contains(r.Cause, "half made") {
		t.Errorf("%s: %s", ending(r), r.Cause)
	}
}

type unwritten struct{}

func (unwritten) Record(context.Context, recovery.Report) (string, error) {
	return "", errors.New("no answer")
}

// What does not go is named, and pages somebody.
func TestLeftBehind(t *testing.T) {
	m, _ := newModel(t, diamond())
	m.RemovalTakes = 100 * time.Hour
	if r := run(t, m, map[string]any{}); ending(r) != "FailureDirty" || !strings.Contains(r.Cause, "w/a") {
		t.Errorf("%s: %s", ending(r), r.Cause)
	}
}
