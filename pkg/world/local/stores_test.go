package local

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// twoProcesses are the slots of two lifeboats on one state folder.
func twoProcesses(t *testing.T) (*slots, *slots) {
	dir := t.TempDir()
	return &slots{dir: dir, held: map[string]*os.File{}}, &slots{dir: dir, held: map[string]*os.File{}}
}

func claim(execution, scheduled string) drillstep.SlotRequest {
	return drillstep.SlotRequest{Database: "w/d", ExecutionID: execution, RunID: execution, ScheduledTime: scheduled, Now: noon}
}

func TestSlots(t *testing.T) {
	ctx := context.Background()
	one, two := twoProcesses(t)
	must := func(duplicate bool, err error) {
		t.Helper()
		if err != nil || duplicate {
			t.Fatalf("not taken: duplicate %v, %v", duplicate, err)
		}
	}
	must(one.Claim(ctx, claim("a", "")))
	must(one.Claim(ctx, claim("a", ""))) // called again, it is one claim
	for name, s := range map[string]*slots{"the same process": one, "another process": two} {
		if _, err := s.Claim(ctx, claim("b", "")); drill.NameOf(err) != drill.SlotBusy {
			t.Errorf("%s got %v", name, err)
		}
	}
	if err := one.Release(ctx, "w/d", "b"); err != nil { // not its lock: nothing happens
		t.Fatal(err)
	}
	if _, err := two.Claim(ctx, claim("b", "")); drill.NameOf(err) != drill.SlotBusy {
		t.Errorf("another's release freed the lock: %v", err)
	}
	for range 2 {
		if err := one.Release(ctx, "w/d", "a"); err != nil {
			t.Fatal(err)
		}
	}
	must(two.Claim(ctx, claim("b", "")))
}

func TestDuplicateScheduledTime(t *testing.T) {
	ctx := context.Background()
	one, two := twoProcesses(t)
	if _, err := one.Claim(ctx, claim("a", "03:00")); err != nil {
		t.Fatal(err)
	}
	if duplicate, err := two.Claim(ctx, claim("b", "03:00")); !duplicate || err != nil {
		t.Errorf("while the first runs: %v %v", duplicate, err)
	}
	if err := one.Release(ctx, "w/d", "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Claim(ctx, claim("manual", "")); err != nil { // in between
		t.Fatal(err)
	}
	if err := one.Release(ctx, "w/d", "manual"); err != nil {
		t.Fatal(err)
	}
	if duplicate, err := two.Claim(ctx, claim("b", "03:00")); !duplicate || err != nil {
		t.Errorf("long after the first: %v %v", duplicate, err)
	}
	if duplicate, err := two.Claim(ctx, claim("c", "04:00")); duplicate || err != nil {
		t.Errorf("the next time: %v %v", duplicate, err)
	}
}

func TestExecutionsThatWereCutOffAreKnown(t *testing.T) {
	dir := t.TempDir()
	open := func() *executions { return &executions{dir: dir, mine: map[string]*os.File{}} }
	one, other := open(), open()
	const id = "arn:aws:states:local:0:execution:drill:run-1"
	closed := func(want bool, when string) {
		t.Helper()
		if got, err := other.Closed(context.Background(), id); got != want || err != nil {
			t.Errorf("%s: closed %v, %v", when, got, err)
		}
	}
	closed(true, "never begun")
	if err := one.open(id); err != nil {
		t.Fatal(err)
	}
	closed(false, "running")
	if ids, err := other.cutOff(); len(ids) != 0 || err != nil {
		t.Errorf("a running execution was taken for cut off: %v %v", ids, err)
	}
	if err := one.abandon(id); err != nil { // as the kernel does when the process dies
		t.Fatal(err)
	}
	closed(true, "cut off")
	if ids, err := other.cutOff(); len(ids) != 1 || ids[0] != id || err != nil {
		t.Errorf("cut off: %v %v", ids, err)
	}
	if err := other.settle(id); err != nil {
		t.Fatal(err)
	}
	if ids, err := other.cutOff(); len(ids) != 0 || err != nil {
		t.Errorf("settled: %v %v", ids, err)
	}
}
