package rounds_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// seer is what the preflight sees.
type seer map[string]drill.Recoverability

func (s seer) Recoverable(context.Context, []drill.Spec) map[string]drill.Recoverability { return s }

// ledger is what was published, by metric and database.
type ledger struct {
	figures map[string]float64
	broken  bool
}

func (l *ledger) Publish(_ context.Context, metrics []drill.Metric) error {
	if l.broken {
		return errors.New("no metrics")
	}
	l.figures = map[string]float64{}
	for _, m := range metrics {
		name := m.Name
		if m.Dimensions["Database"] != "" {
			name += " " + m.Dimensions["Workload"] + "/" + m.Dimensions["Database"]
		}
		l.figures[name] = m.Value
	}
	return nil
}

func specsOf(kind string, names ...string) (specs []drill.Spec) {
	for _, name := range names {
		specs = append(specs, drill.Spec{Deployment: "prod", Workload: "orders", Database: name, Kind: kind})
	}
	return specs
}

func TestPreflight(t *testing.T) {
	var (
		refused = drill.Finding{Severity: drill.Failed, Code: drill.KeyUnusable, What: "key x is Disabled"}
		soon    = drill.Finding{Severity: drill.Warning, Code: drill.EngineSupportEnds, What: "postgres 13 ends"}
		aside   = drill.Finding{Severity: drill.Info, Code: "ByTheWay", What: "by the way"}
		unasked = drill.Finding{Severity: drill.Warning, Code: drill.RecoverabilityUnknown, What: "nobody may ask"}
	)
	tests := map[string]struct {
		reason string
		specs  []drill.Spec
		sees   seer
		want   map[string]float64
		codes  []string // said, in this order, with how many databases
	}{
		"all is well": {"zero is a figure, or the alarm would never go out", specsOf(plan.KindRDSInstance, "a", "b"), seer{"orders/a": {}, "orders/b": {}},
			map[string]float64{"RecoverabilityFindings": 0, "RecoverabilityUnknown": 0, "PreflightRan": 1}, nil},
		"findings": {"the worst first, the same of two databases once", specsOf(plan.KindRDSInstance, "a", "b"),
			seer{"orders/a": {Findings: []drill.Finding{soon, aside}}, "orders/b": {Findings: []drill.Finding{soon, refused}}},
			map[string]float64{"RecoverabilityFindings": 3, "RecoverabilityFindings orders/a": 1, "RecoverabilityFindings orders/b": 2, "RecoverabilityUnknown": 0, "PreflightRan": 1},
			[]string{"KeyUnusable 1", "EngineSupportEnds 2", "ByTheWay 1"}},
		"a note": {"it is none that counts", specsOf(plan.KindRDSInstance, "a"), seer{"orders/a": {Findings: []drill.Finding{aside}}},
			map[string]float64{"RecoverabilityFindings": 0, "RecoverabilityUnknown": 0, "PreflightRan": 1}, []string{"ByTheWay 1"}},
		"unknown": {"databases are counted, not questions, and it is no finding", specsOf(plan.KindRDSInstance, "a", "b"),
			seer{"orders/a": {Unknown: []drill.Finding{unasked, {Severity: drill.Warning, Code: drill.RecoverabilityUnknown, What: "nor this"}}}, "orders/b": {}},
			map[string]float64{"RecoverabilityFindings": 0, "RecoverabilityUnknown": 1, "PreflightRan": 1}, []string{"RecoverabilityUnknown 1", "RecoverabilityUnknown 1"}},
		"another kind": {"nobody looks after it, which is not nothing wrong", append(specsOf(plan.KindRDSInstance, "a"), specsOf(plan.KindDynamoDBTable, "b")...), seer{"orders/a": {}},
			map[string]float64{"RecoverabilityFindings": 0, "RecoverabilityUnknown": 1, "PreflightRan": 1}, []string{"RecoverabilityUnknown 1"}},
		"a database is left out": {"nor is one of which nothing is said", specsOf(plan.KindRDSInstance, "a"), seer{},
			map[string]float64{"RecoverabilityFindings": 0, "RecoverabilityUnknown": 1, "PreflightRan": 1}, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var l ledger
			s := rounds.Preflight{Deployment: "prod", Specs: tc.specs, Recoverers: drillstep.ByKind[rounds.Recoverer]{plan.KindRDSInstance: tc.sees}, Metrics: &l}
			out, err := s.Handle(t.Context(), rounds.PreflightIn{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, l.figures); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
			var codes []string
			for _, w := range out.Findings {
				codes = append(codes, fmt.Sprint(w.Code, " ", w.Count))
			}
			if diff := cmp.Diff(tc.codes, codes); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// A fleet in which everything is wrong still fits a line of the log, and says how
// much more there is.
func TestPreflightOfAFleetIsBounded(t *testing.T) {
	var specs []drill.Spec
	sees := seer{}
	for i := range 1000 {
		name := fmt.Sprintf("db-%03d", i)
		specs = append(specs, specsOf(plan.KindRDSInstance, name)...)
		sees["orders/"+name] = drill.Recoverability{Findings: []drill.Finding{{Severity: drill.Failed, Code: drill.KeyUnusable, What: "key of " + name}}}
	}
	var l ledger
	s := rounds.Preflight{Deployment: "prod", Specs: specs, Recoverers: drillstep.ByKind[rounds.Recoverer]{plan.KindRDSInstance: sees}, Metrics: &l}
	out, err := s.Handle(t.Context(), rounds.PreflightIn{})
	if err != nil || len(out.Findings) != 200 || out.Left != 800 || l.figures[rounds.RecoverabilityFindings] != 1000 {
		t.Errorf("%d said, %d left, %v, %v", len(out.Findings), out.Left, l.figures[rounds.RecoverabilityFindings], err)
	}
	l.broken = true
	if out, err := s.Handle(t.Context(), rounds.PreflightIn{}); drill.NameOf(err) != drill.MetricsFailed || len(out.Findings) == 0 {
		t.Errorf("%v", err)
	}
}
