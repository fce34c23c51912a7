package drillstep_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// cluster is a kind whose copy has two parts.
type cluster struct {
	asked    []string
	stubborn string // the kind of the part that cannot be removed
}

func (c *cluster) Parts(run drill.Run) drill.Copy {
	return drill.Copy{{Kind: "member", ID: run.Throwaway}, {Kind: "cluster", ID: run.Throwaway}}
}

func (c *cluster) StartRestore(_ context.Context, run drill.Run, _ drill.Spec, _ drill.RecoveryPoint) (drill.Copy, error) {
	return c.Parts(run), nil
}

func (c *cluster) Remove(_ context.Context, _ drill.Run, _ drill.Spec, part drill.Resource) error {
	c.asked = append(c.asked, part.Kind)
	if part.Kind == c.stubborn {
		return &drill.Error{Name: drill.CleanupFailed, What: part.Kind + " cannot be removed"}
	}
	return nil
}

// The first part is waited for, and the record knows all of them.
func TestCopyOfTwoParts(t *testing.T) {
	w := newWorld(t, &hand{midnight})
	start := drillstep.StartRestore{Restorer: only[drillstep.Restorer](&cluster{}), Journal: w, Clock: w.clock}
	run := drill.Run{ID: "nightly", Throwaway: "lifeboat-test-0123456789ab"}
	out, err := start.Handle(context.Background(), drillstep.StartRestoreIn{Run: run, Spec: w.spec})
	if err != nil || out.Resource.Kind != "member" {
		t.Errorf("%+v, %v", out, err)
	}
	var recorded []string
	for _, f := range w.facts["nightly"] {
		if f.Kind == drill.FactRestoreRequested {
			recorded = append(recorded, f.Resource.Kind)
		}
	}
	if diff := cmp.Diff([]string{"member", "cluster"}, recorded); diff != "" {
		t.Errorf("(-made +recorded):\n%s", diff)
	}
}

// Parts are removed in their order, and one that cannot be stops no other.
func TestPartsAreRemovedInOrder(t *testing.T) {
	for _, stubborn := range []string{"", "member", "cluster"} {
		w := newWorld(t, &hand{midnight})
		c := &cluster{stubborn: stubborn}
		cleanup := drillstep.Cleanup{Remover: only[drillstep.Remover](c), Journal: w, Clock: w.clock}
		run := drill.Run{ID: "nightly", Throwaway: "lifeboat-test-0123456789ab"}
		_, err := cleanup.Handle(context.Background(), drillstep.CleanupIn{Scope: drillstep.Scope{Run: &run, Spec: &w.spec}})
		if stubborn == "" && err != nil || stubborn != "" && (drill.NameOf(err) != drill.CleanupFailed || !strings.Contains(err.Error(), stubborn)) {
			t.Errorf("stubborn %q: %v", stubborn, err)
		}
		if !slices.Equal(c.asked, []string{"member", "cluster"}) {
			t.Errorf("stubborn %q: asked for %v", stubborn, c.asked)
		}
	}
}
