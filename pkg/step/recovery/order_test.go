package recoverystep_test

import (
	"context"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step/recovery/recoverytest"
)

// nothingRuns are executions of which none was ever started.
type nothingRuns struct{ recoverystep.Executions }

func (nothingRuns) StartStep(context.Context, string, recoverystep.ChildInput) error { return nil }
func (nothingRuns) Wake(context.Context, string) error                               { return nil }

// pairOf is a run of two steps, the second after the first.
func pairOf(t *testing.T, run recovery.Run, first recovery.State) *recoverytest.Memory {
	t.Helper()
	store := recoverytest.NewMemory()
	run.ID, run.StartedAt = "run-1", begun
	at := begun
	steps := []recovery.Record{
		{Number: 1, Node: recovery.Node{ID: "w/a", Kind: recovery.Wait}, Status: recovery.Status{State: first, Attempt: 1, ReadyAt: &at}},
		{Number: 2, Node: recovery.Node{ID: "w/b", Kind: recovery.Wait, After: []string{"w/a"}}, Status: recovery.Status{State: recovery.Waiting, Attempt: 1}},
	}
	if err := store.Create(t.Context(), run, steps, nil); err != nil {
		t.Fatal(err)
	}
	return store
}

func stateIn(t *testing.T, store *recoverytest.Memory, number int) recovery.State {
	t.Helper()
	r, err := store.Step(t.Context(), "run-1", number)
	if err != nil {
		t.Fatal(err)
	}
	return r.Status.State
}

// A step that is to be skipped is claimed between the look and the write: what waits
// for it must not begin.
func TestWhatFollowsFromARefusedWriteIsNotWritten(t *testing.T) {
	skip := recovery.Decision{Choice: recovery.Skip, Step: "w/a", Try: 1, By: "ann", Reason: "seen", At: begun}
	store := pairOf(t, recovery.Run{Decisions: []recovery.Decision{skip}}, recovery.Ready)
	clock := &fixed{begun}
	store.Before = func(write string) error {
		if !strings.Contains(write, "w/a skipped") {
			return nil
		}
		store.Before = nil
		_, err := recoverystep.ClaimStep{Store: store, Clock: clock}.Handle(t.Context(), recoverystep.ChildInput{Run: "run-1", Step: 1, Attempt: 1})
		return err
	}
	if _, err := (recoverystep.StartReady{Store: store, Executions: nothingRuns{}, Clock: clock}).Handle(t.Context(), recoverystep.StartReadyIn{Run: "run-1"}); err != nil {
		t.Fatal(err)
	}
	if a, b := stateIn(t, store, 1), stateIn(t, store, 2); a != recovery.Running || b != recovery.Waiting {
		t.Errorf("a is %s and b is %s, want running and waiting", a, b)
	}
}

// Somebody wrote late, when the run was over already: nothing is left open.
func TestARunThatIsOverIsPutRight(t *testing.T) {
	at := begun
	store := pairOf(t, recovery.Run{OverAt: &at}, recovery.Ready)
	out, err := recoverystep.StartReady{Store: store, Executions: nothingRuns{}, Clock: &fixed{begun}}.Handle(t.Context(), recoverystep.StartReadyIn{Run: "run-1"})
	if err != nil || out.Next != recoverystep.Over {
		t.Fatalf("%v %v, want over", out, err)
	}
	if a, b := stateIn(t, store, 1), stateIn(t, store, 2); a != recovery.Omitted || b != recovery.Omitted {
		t.Errorf("a is %s and b is %s, want both omitted", a, b)
	}
}
