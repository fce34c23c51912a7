package recovery_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

func TestWhatIsNoGraphIsRefusedWithThePath(t *testing.T) {
	step := func(id string, after ...string) recovery.Node { return recovery.Node{ID: id, After: after} }
	cases := map[string]struct {
		reason string
		nodes  []recovery.Node
		want   []recovery.Problem
	}{
		"none":      {"a graph without steps is one", nil, nil},
		"a diamond": {"ways that meet are no cycle", []recovery.Node{step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c")}, nil},
		"the order of the file": {
			"a step may stand above what it comes after",
			[]recovery.Node{step("b", "a"), step("a")}, nil,
		},
		"the same twice": {"naming a dependency twice changes nothing", []recovery.Node{step("a"), step("b", "a", "a")}, nil},
		"itself": {
			"a step cannot wait for itself",
			[]recovery.Node{step("a", "a")},
			[]recovery.Problem{{Code: recovery.Cycle, Step: "a", Path: []string{"a", "a"}}},
		},
		"a cycle": {
			"the path is the whole round, and once only; what is before it is well",
			[]recovery.Node{step("a"), step("b", "a", "d"), step("c", "b"), step("d", "c")},
			[]recovery.Problem{{Code: recovery.Cycle, Step: "b", Path: []string{"b", "d", "c", "b"}}},
		},
		"two cycles": {
			"each is told of, and what is behind them",
			[]recovery.Node{step("a", "b"), step("b", "a"), step("c", "d"), step("d", "c"), step("e", "f"), step("f", "d")},
			[]recovery.Problem{
				{Code: recovery.Cycle, Step: "a", Path: []string{"a", "b", "a"}},
				{Code: recovery.Cycle, Step: "c", Path: []string{"c", "d", "c"}},
				{Code: recovery.Unreachable, Step: "e", Path: []string{"e", "f", "d"}},
				{Code: recovery.Unreachable, Step: "f", Path: []string{"f", "d"}},
			},
		},
		"an unknown name": {
			"and whatever waits for the step that names it",
			[]recovery.Node{step("a", "typo"), step("b", "a"), step("c", "b")},
			[]recovery.Problem{
				{Code: recovery.Unknown, Step: "a", Path: []string{"a", "typo"}},
				{Code: recovery.Unreachable, Step: "b", Path: []string{"b", "a"}},
				{Code: recovery.Unreachable, Step: "c", Path: []string{"c", "b", "a"}},
			},
		},
		"a name twice": {
			"nobody could say which is meant",
			[]recovery.Node{step("a"), step("a")},
			[]recovery.Problem{{Code: recovery.Duplicate, Step: "a", Path: []string{"a"}}},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := recovery.NewGraph(c.nodes)
			var refused *recovery.GraphError
			if err != nil && !errors.As(err, &refused) {
				t.Fatalf("%s: %v is no GraphError", c.reason, err)
			}
			var got []recovery.Problem
			if refused != nil {
				got = refused.Problems
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestOrderIsThatOfThePlanWhereItMayBe(t *testing.T) {
	g, err := recovery.NewGraph([]recovery.Node{{ID: "c", After: []string{"b"}}, {ID: "a"}, {ID: "b", After: []string{"a"}}})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, n := range g.Order() {
		ids = append(ids, n.ID)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, ids); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := g.Behind("a"); len(got) != 1 || got[0].ID != "b" {
		t.Errorf("behind a is %v, want b", got)
	}
}
