package rounds_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// shore is two regions with copies on them, and who still runs.
type shore struct {
	copies    map[string][]drill.Throwaway
	running   map[string]bool
	unknown   map[string]bool // cannot be asked
	deaf      map[string]bool // regions
	stubborn  map[string]bool // cannot be removed
	removed   []string
	published []float64
	mute      bool
}

func (s *shore) List(_ context.Context, region, _ string) ([]drill.Throwaway, error) {
	if s.deaf[region] {
		return nil, errors.New("no answer")
	}
	return s.copies[region], nil
}

func (s *shore) Sweep(_ context.Context, _ string, _ drill.Throwaway, part drill.Resource) error {
	if s.stubborn[part.ID] {
		return errors.New("refused")
	}
	s.removed = append(s.removed, part.ID)
	return nil
}

func (s *shore) Closed(_ context.Context, id string) (bool, error) {
	if s.unknown[id] {
		return false, errors.New("throttled")
	}
	return !s.running[id], nil
}

func (s *shore) Publish(_ context.Context, metrics []drill.Metric) error {
	if s.mute {
		return errors.New("no metrics")
	}
	for _, m := range metrics {
		s.published = append(s.published, m.Value)
	}
	return nil
}

// left is a copy; its execution has its name.
func left(digit string, age time.Duration) drill.Throwaway {
	id := "lifeboat-prod-" + strings.Repeat(digit, 12)
	return drill.Throwaway{Copy: drill.Copy{{Kind: plan.KindRDSInstance, ID: id}}, Deployment: "prod", ExecutionID: digit, RunID: digit, Age: age}
}

func TestSweeper(t *testing.T) {
	a, b := left("a", 2*time.Hour), left("b", 3*time.Hour)
	young, foreign, nameless, ageless := left("c", 59*time.Minute), left("d", 9*time.Hour), left("e", 9*time.Hour), left("f", 0)
	foreign.Copy[0].ID = "orders-prod"
	nameless.ExecutionID = ""
	both := map[string][]drill.Throwaway{"eu-west-1": {a}, "eu-central-1": {b}}
	tests := map[string]struct {
		reason  string
		shore   shore
		dryRun  bool
		removed []string
		orphans float64
		fails   []string // what the error names
	}{
		"nothing":              {"zero is a figure, too", shore{}, false, nil, 0, nil},
		"orphans":              {"their executions are over", shore{copies: both}, false, []string{a.Copy[0].ID, b.Copy[0].ID}, 2, nil},
		"dry run":              {"it only says so", shore{copies: both}, true, nil, 2, nil},
		"running":              {"a drill is using it", shore{copies: both, running: map[string]bool{"a": true}}, false, []string{b.Copy[0].ID}, 1, nil},
		"young":                {"its own clean-up comes first", shore{copies: map[string][]drill.Throwaway{"eu-west-1": {young}}}, false, nil, 0, nil},
		"tag without the name": {"production is sacred", shore{copies: map[string][]drill.Throwaway{"eu-west-1": {foreign}}}, false, nil, 0, nil},
		"no execution":         {"nobody can say that it is over", shore{copies: map[string][]drill.Throwaway{"eu-west-1": {nameless, a}}}, false, []string{a.Copy[0].ID}, 1, []string{nameless.Copy[0].ID}},
		"no age":               {"it may have been made just now", shore{copies: map[string][]drill.Throwaway{"eu-west-1": {ageless}}}, false, nil, 0, []string{ageless.Copy[0].ID}},
		"cannot be asked":      {"unknown is not over", shore{copies: both, unknown: map[string]bool{"a": true}}, false, []string{b.Copy[0].ID}, 1, []string{"execution a"}},
		"a region is deaf":     {"the other is swept", shore{copies: both, deaf: map[string]bool{"eu-west-1": true}}, false, []string{b.Copy[0].ID}, 1, []string{"eu-west-1"}},
		"refused":              {"one failure stops no other", shore{copies: both, stubborn: map[string]bool{a.Copy[0].ID: true}}, false, []string{b.Copy[0].ID}, 2, []string{a.Copy[0].ID}},
		"no metrics":           {"removed all the same", shore{copies: both, mute: true}, false, []string{a.Copy[0].ID, b.Copy[0].ID}, -1, []string{"number of orphans"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := tc.shore
			sweeper := rounds.Sweeper{
				Deployment: "prod", Regions: []string{"eu-west-1", "eu-central-1"}, Throwaways: drillstep.ByKind[rounds.Throwaways]{plan.KindRDSInstance: &s}, Executions: &s, Metrics: &s,
			}
			out, err := sweeper.Handle(t.Context(), rounds.SweeperIn{DryRun: tc.dryRun})
			if diff := cmp.Diff(tc.removed, s.removed); diff != "" {
				t.Errorf("%s: removed (-want +got):\n%s", tc.reason, diff)
			}
			if tc.orphans >= 0 && !slices.Equal(s.published, []float64{tc.orphans}) {
				t.Errorf("%s: published %v, want %v", tc.reason, s.published, tc.orphans)
			}
			if len(tc.fails) == 0 != (err == nil) || err != nil && drill.NameOf(err) != drill.CleanupFailed {
				t.Errorf("%s: %v", tc.reason, err)
			}
			for _, named := range tc.fails {
				if err == nil || !strings.Contains(err.Error(), named) {
					t.Errorf("%s: the error does not name %s: %v", tc.reason, named, err)
				}
			}
			for _, k := range out.Kept {
				if k.Why == "" {
					t.Errorf("%s: %s is kept without a reason", tc.reason, k.Throwaway.Copy[0].ID)
				}
			}
		})
	}
}

// A kind that cannot be listed stops no other, and each copy is removed by the
// adapter of its own kind.
func TestSweeperOfSeveralKinds(t *testing.T) {
	a := left("a", 2*time.Hour)
	instances := shore{copies: map[string][]drill.Throwaway{"eu-west-1": {a}}}
	tables := shore{deaf: map[string]bool{"eu-west-1": true}}
	sweeper := rounds.Sweeper{
		Deployment: "prod", Regions: []string{"eu-west-1"}, Executions: &instances, Metrics: &instances,
		Throwaways: drillstep.ByKind[rounds.Throwaways]{plan.KindDynamoDBTable: &tables, plan.KindRDSInstance: &instances},
	}
	_, err := sweeper.Handle(t.Context(), rounds.SweeperIn{})
	if drill.NameOf(err) != drill.CleanupFailed || !strings.Contains(err.Error(), plan.KindDynamoDBTable) {
		t.Errorf("%v", err)
	}
	if !slices.Equal(instances.removed, []string{a.Copy[0].ID}) || len(tables.removed) > 0 {
		t.Errorf("removed %v and %v", instances.removed, tables.removed)
	}
}

// A copy of several parts is removed in their order.
func TestSweeperRemovesPartsInOrder(t *testing.T) {
	a := left("a", 2*time.Hour)
	a.Copy = append(a.Copy, drill.Resource{Kind: "cluster", ID: "of-" + a.Copy[0].ID})
	s := shore{copies: map[string][]drill.Throwaway{"eu-west-1": {a}}, stubborn: map[string]bool{a.Copy[0].ID: true}}
	sweeper := rounds.Sweeper{
		Deployment: "prod", Regions: []string{"eu-west-1"}, Executions: &s, Metrics: &s,
		Throwaways: drillstep.ByKind[rounds.Throwaways]{plan.KindRDSInstance: &s},
	}
	for _, want := range [][]string{{a.Copy[1].ID}, {a.Copy[0].ID, a.Copy[1].ID}} {
		s.removed = nil
		if _, err := sweeper.Handle(t.Context(), rounds.SweeperIn{}); (err == nil) != (len(want) == 2) {
			t.Errorf("%v", err)
		}
		if !slices.Equal(s.removed, want) {
			t.Errorf("removed %v, want %v", s.removed, want)
		}
		s.stubborn = nil
	}
}
