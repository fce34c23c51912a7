package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step/recovery/recoverytest"
)

var _ recoverystep.Store = newLab().table().Recoveries()

func TestRecoveries(t *testing.T) {
	recoverytest.StoreSuite(t, func(*testing.T) recoverystep.Store { return newLab().table().Recoveries() })
}

func recoveryOf(id string) recovery.Run {
	return recovery.Run{ID: id, Deployment: "prod", Mode: recovery.Exercise, StartedAt: noon}
}

func stepsOf(n int, payload string) (steps []recovery.Record) {
	for i := range n {
		node := recovery.Node{ID: fmt.Sprintf("shop/step-%d", i+1), Kind: recovery.Wait}
		steps = append(steps, recovery.Record{Number: i + 1, Node: node, Spec: recovery.Spec{Payload: payload}, Status: recovery.Status{State: recovery.Waiting, Attempt: 1}})
	}
	return steps
}

// again repeats what the SDK gave up on, as the machine's Retry does.
func again(do func() error) error {
	err := do()
	if drill.NameOf(err) == drill.Transient {
		err = do()
	}
	return err
}

// Whatever answer is lost, with or without its effect: the record is whole, each
// write took place once, and none is taken for another's.
func TestRecoveriesWhateverIsLost(t *testing.T) {
	ctx := context.Background()
	eachFault(t, []string{"dynamodb:GetItem", "dynamodb:PutItem"}, func(t *testing.T, l lab) {
		store, run := l.table().Recoveries(), recoveryOf("run")
		databases := []drill.RecoveredDatabase{{Name: "shop/orders"}}
		check := func(what string, err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
		check("create", again(func() error { return store.Create(ctx, run, stepsOf(3, ""), databases) }))
		step := stepsOf(3, "")[1]
		step.Status.State = recovery.Ready
		check("write a step", again(func() error { return store.PutStep(ctx, "run", step) }))
		run.Token = "token"
		check("write the run", again(func() error { return store.PutRun(ctx, run) }))
		var holder string
		check("claim", again(func() (err error) { holder, err = store.Claim(ctx, "failover/shop", "run", ""); return err }))
		if holder != "run" {
			t.Errorf("%q has the claim", holder)
		}
		var got recovery.Run
		check("read the run", again(func() (err error) { got, err = store.Run(ctx, "run"); return err }))
		steps, err := store.Steps(ctx, "run")
		check("read the steps", err)
		if got.Revision != 1 || got.Token != "token" || len(steps) != 3 || steps[1].Revision != 1 || steps[1].Status.State != recovery.Ready {
			t.Errorf("%+v %+v", got, steps)
		}
		if err := again(func() error { return store.PutStep(ctx, "run", stepsOf(3, "")[1]) }); !errors.Is(err, recovery.ErrConflict) {
			t.Errorf("a stale write: %v", err)
		}
	})
}

// More steps than a page holds, each as large as it may be, come back in their order.
func TestLargeRecoveries(t *testing.T) {
	ctx := context.Background()
	store := newLab().table().Recoveries()
	steps := stepsOf(200, strings.Repeat("x", 20<<10))
	if err := store.Create(ctx, recoveryOf("large"), steps, nil); err != nil {
		t.Fatal(err)
	}
	got, err := store.Steps(ctx, "large")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(steps, got); diff != "" {
		t.Error("what came back is another, or in another order")
	}
	var e *drill.Error
	err = store.Create(ctx, recoveryOf("too large"), stepsOf(1, strings.Repeat("x", 400<<10)), nil)
	if !errors.As(err, &e) || e.Name != drill.InvalidInput || e.Hint == "" {
		t.Errorf("a step that no item holds: %v", err)
	}
	if _, err := store.Run(ctx, "too large"); !errors.Is(err, recovery.ErrNoRun) {
		t.Errorf("a run without a step: %v", err)
	}
}

// A run whose head was never written is none, and the next attempt completes it.
func TestARecoveryThatWasBegunOnly(t *testing.T) {
	ctx := context.Background()
	store := newLab().table().Recoveries()
	if err := store.Create(ctx, recoveryOf("cut off"), stepsOf(1, strings.Repeat("x", 400<<10)), nil); err == nil {
		t.Fatal("it was created")
	}
	if err := store.Create(ctx, recoveryOf("whole"), stepsOf(1, ""), nil); err != nil {
		t.Fatal(err)
	}
	runs, err := store.Runs(ctx, 10)
	if err != nil || len(runs) != 1 || runs[0].ID != "whole" {
		t.Errorf("%+v, %v", runs, err)
	}
}
