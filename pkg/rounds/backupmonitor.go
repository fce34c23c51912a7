package rounds

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/monitor"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// NewestFinder finds the newest recovery point of every database, by region.
// With an error the result holds what the regions that could be asked say.
type NewestFinder interface {
	Newest(ctx context.Context, specs []drill.Spec) (map[string]drill.Newest, error)
}

// PassedFinder knows when each database last passed a drill, by its name.
type PassedFinder interface {
	LastPassed(ctx context.Context) (map[string]time.Time, error)
}

// BackupMonitor publishes how fresh the backups of all databases are. It reads
// only. What could not be read is not published, so that its alarms, which take
// missing data for a breach, are raised; what could be read is. A region that
// denies itself or is gone is a figure and a finding, and no failure of the round.
type BackupMonitor struct {
	Deployment string
	Specs      []drill.Spec
	Finders    drillstep.ByKind[NewestFinder]
	Passed     PassedFinder
	Metrics    step.MetricSink
	Clock      step.Clock
}

// BackupMonitorIn is the schedule's event, of which nothing is needed.
type BackupMonitorIn struct{}

// BackupMonitorOut says how much there was.
type BackupMonitorOut struct {
	Databases int `json:"databases"`
	Published int `json:"published"` // metrics
	// Findings are what else is to be said, the same of many databases once.
	Findings []Warned `json:"findings,omitempty"`
}

// Warned is a finding, and of which databases it is true: their number, and the
// names of the first.
type Warned struct {
	drill.Finding
	Count     int      `json:"count"`
	Databases []string `json:"databases"`
}

// maxNamed keeps a finding about a fleet readable.
const maxNamed = 20

// Handle looks once. Errors: MetricsFailed, which joins all that went wrong.
func (s BackupMonitor) Handle(ctx context.Context, _ BackupMonitorIn) (BackupMonitorOut, error) {
	var problems []error
	newest, err := s.newest(ctx)
	if err != nil {
		problems = append(problems, fmt.Errorf("looking for recovery points: %w", err))
	}
	passed, err := s.Passed.LastPassed(ctx)
	if err != nil {
		problems = append(problems, fmt.Errorf("looking for the last drills that passed: %w", err))
	}
	metrics := append(monitor.Figures(s.Clock.Now(), s.Specs, newest, passed), drill.Metric{
		Name: monitor.MonitorRan, Unit: "Count", Value: 1, Dimensions: map[string]string{"Deployment": s.Deployment},
	})
	if err := s.Metrics.Publish(ctx, metrics); err != nil {
		problems = append(problems, fmt.Errorf("publishing %d metrics: %w", len(metrics), err))
	}
	out := BackupMonitorOut{Databases: len(s.Specs), Published: len(metrics), Findings: s.warned(newest)}
	if err := errors.Join(problems...); err != nil {
		return out, step.Named(drill.MetricsFailed, err, "monitoring the backups of deployment %s", s.Deployment)
	}
	return out, nil
}

// warned gathers what is said of the databases, in the order of the plan.
func (s BackupMonitor) warned(newest map[string]drill.Newest) []Warned {
	var list []Warned
	for _, spec := range s.Specs {
		for _, f := range newest[spec.Name()].Findings {
			i := slices.IndexFunc(list, func(w Warned) bool { return w.Code == f.Code && w.What == f.What })
			if i < 0 {
				i, list = len(list), append(list, Warned{Finding: f})
			}
			if list[i].Count++; list[i].Count <= maxNamed {
				list[i].Databases = append(list[i].Databases, spec.Name())
			}
		}
	}
	return list
}

// newest asks the finder of each kind for the databases of that kind. With an
// error the result holds what those say that could be asked.
func (s BackupMonitor) newest(ctx context.Context) (map[string]drill.Newest, error) {
	specs := map[string][]drill.Spec{}
	for _, spec := range s.Specs {
		specs[spec.Kind] = append(specs[spec.Kind], spec)
	}
	newest := map[string]drill.Newest{}
	var problems []error
	for _, kind := range slices.Sorted(maps.Keys(specs)) {
		finder, err := s.Finders.Of(kind)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		found, err := finder.Newest(ctx, specs[kind])
		problems = append(problems, err)
		maps.Copy(newest, found)
	}
	return newest, errors.Join(problems...)
}
