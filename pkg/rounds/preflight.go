package rounds

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Names of the metrics; docs/metrics.md.
const (
	RecoverabilityFindings = "RecoverabilityFindings" // Count; of the deployment zero as well
	RecoverabilityUnknown  = "RecoverabilityUnknown"  // Count; databases of which something could not be looked at; zero as well
	PreflightRan           = "PreflightRan"           // Count; 1 each time
)

// PreflightSchedule is when it looks, in UTC: once a day, since what it looks for
// comes over days, and before people come to work.
const PreflightSchedule = "cron(0 5 * * ? *)"

// Recoverer looks ahead at the newest recovery point of every database, by its
// name. It does not fail: what it could not find out is part of the answer.
type Recoverer interface {
	Recoverable(ctx context.Context, specs []drill.Spec) map[string]drill.Recoverability
}

// Preflight publishes what would have a restore of the newest recovery points
// refused, long before a disaster. It writes nothing. What could not be looked at is
// a figure and a finding, and no failure of the round.
type Preflight struct {
	Deployment string
	Specs      []drill.Spec
	Recoverers drillstep.ByKind[Recoverer]
	Metrics    step.MetricSink
}

// PreflightIn is the schedule's event, of which nothing is needed.
type PreflightIn struct{}

// PreflightOut says what there was.
type PreflightOut struct {
	Databases int `json:"databases"`
	Published int `json:"published"` // metrics
	// Findings are what is to be said, the worst first, the same of many databases
	// once. Left is how many more there are.
	Findings []Warned `json:"findings,omitempty"`
	Left     int      `json:"left,omitempty"`
}

// Handle looks once. Errors: MetricsFailed.
func (s Preflight) Handle(ctx context.Context, _ PreflightIn) (PreflightOut, error) {
	ahead := s.ahead(ctx)
	found := warned(s.Specs, func(spec drill.Spec) []drill.Finding {
		return slices.Concat(ahead[spec.Name()].Findings, ahead[spec.Name()].Unknown)
	})
	slices.SortStableFunc(found, func(a, b Warned) int { return cmp.Compare(rank(a.Finding), rank(b.Finding)) })
	out := PreflightOut{Databases: len(s.Specs)}
	out.Findings, out.Left = first(found)
	metrics := s.figures(ahead)
	out.Published = len(metrics)
	if err := s.Metrics.Publish(ctx, metrics); err != nil {
		return out, step.Named(drill.MetricsFailed, err, "publishing %d metrics of deployment %s", len(metrics), s.Deployment)
	}
	return out, nil
}

func rank(f drill.Finding) int {
	switch {
	case f.Severity == drill.Failed:
		return 0
	case f.Code == drill.RecoverabilityUnknown:
		return 1
	}
	return 2
}

// ahead asks the adapter of each kind. What nobody looks after is unknown.
func (s Preflight) ahead(ctx context.Context) map[string]drill.Recoverability {
	specs := map[string][]drill.Spec{}
	for _, spec := range s.Specs {
		specs[spec.Kind] = append(specs[spec.Kind], spec)
	}
	ahead := map[string]drill.Recoverability{}
	for _, kind := range slices.Sorted(maps.Keys(specs)) {
		recoverer, err := s.Recoverers.Of(kind)
		if err == nil {
			maps.Copy(ahead, recoverer.Recoverable(ctx, specs[kind]))
			continue
		}
		unknown := drill.Finding{Severity: drill.Warning, Code: drill.RecoverabilityUnknown, What: fmt.Sprintf("could not be looked at: %v", err), Hint: drill.HintOf(err)}
		for _, spec := range specs[kind] {
			ahead[spec.Name()] = drill.Recoverability{Unknown: []drill.Finding{unknown}}
		}
	}
	return ahead
}

// figures: of a database only what there is, of the deployment zero as well, so
// that its alarms go out again.
func (s Preflight) figures(ahead map[string]drill.Recoverability) (list []drill.Metric) {
	all, unknown := 0.0, 0.0
	for _, spec := range s.Specs {
		r, known := ahead[spec.Name()]
		if len(r.Unknown) > 0 || !known {
			unknown++
		}
		findings := 0.0
		for _, f := range r.Findings {
			if f.Severity != drill.Info {
				findings++
			}
		}
		if all += findings; findings > 0 {
			list = append(list, drill.Metric{
				Name: RecoverabilityFindings, Unit: "Count", Value: findings,
				Dimensions: map[string]string{"Deployment": s.Deployment, "Workload": spec.Workload, "Database": spec.Database},
			})
		}
	}
	of := map[string]string{"Deployment": s.Deployment}
	return append(list,
		drill.Metric{Name: RecoverabilityFindings, Unit: "Count", Value: all, Dimensions: of},
		drill.Metric{Name: RecoverabilityUnknown, Unit: "Count", Value: unknown, Dimensions: of},
		drill.Metric{Name: PreflightRan, Unit: "Count", Value: 1, Dimensions: of})
}
