package rounds

import (
	"cmp"
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

// Proofs know what drills proved, by the names of databases.
type Proofs interface {
	// LastPassed is when each last passed a drill, LastVerdicts when one last ended
	// with evidence, whatever the ending.
	LastPassed(ctx context.Context) (map[string]time.Time, error)
	LastVerdicts(ctx context.Context) (map[string]time.Time, error)
	// Watched is since when each of these databases is watched: of those that were
	// not, since now, which is remembered.
	// It is since the last verdict of those that had one before.
	Watched(ctx context.Context, databases []string, verdicts map[string]time.Time, now time.Time) (map[string]time.Time, error)
}

// BackupMonitor publishes how fresh the backups of all databases are, and how long
// ago drills proved anything. It writes nothing but since when it watches a
// database. What could not be read is not published, so that its alarms, which take
// missing data for a breach, are raised; what could be read is. A region that
// denies itself or is gone, and a history that cannot be read, is a figure and a
// finding, and no failure of the round: rounds that fail are retried, and each would
// lie in the queue of what nobody took.
type BackupMonitor struct {
	Deployment string
	Specs      []drill.Spec
	Finders    drillstep.ByKind[NewestFinder]
	Overdue    map[string]time.Duration // how long there may be no verdict, by the name of the database
	Proofs     Proofs
	Exercises  Exercises
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

// Handle looks once. Errors: MetricsFailed, which joins all that went wrong.
func (s BackupMonitor) Handle(ctx context.Context, _ BackupMonitorIn) (BackupMonitorOut, error) {
	var problems []error
	newest, err := s.newest(ctx)
	if err != nil {
		problems = append(problems, fmt.Errorf("looking for recovery points: %w", err))
	}
	now := s.Clock.Now()
	findings, unknown := warned(s.Specs, func(spec drill.Spec) []drill.Finding { return newest[spec.Name()].Findings }), 0.0
	proofs, err := s.proofs(ctx, now)
	if err != nil {
		findings, unknown = append(findings, s.historyUnknown(err)), float64(len(s.Specs))
	}
	of := map[string]string{"Deployment": s.Deployment}
	metrics := append(monitor.Figures(now, s.Specs, newest, proofs),
		drill.Metric{Name: monitor.HistoryUnknown, Unit: "Count", Value: unknown, Dimensions: of},
		drill.Metric{Name: monitor.MonitorRan, Unit: "Count", Value: 1, Dimensions: of})
	exercises, said := s.Exercises.figures(ctx, s.Deployment, now)
	metrics, findings = append(metrics, exercises...), append(findings, said...)
	if err := s.Metrics.Publish(ctx, metrics); err != nil {
		problems = append(problems, fmt.Errorf("publishing %d metrics: %w", len(metrics), err))
	}
	out := BackupMonitorOut{Databases: len(s.Specs), Published: len(metrics), Findings: findings}
	if err := errors.Join(problems...); err != nil {
		return out, step.Named(drill.MetricsFailed, err, "monitoring the backups of deployment %s", s.Deployment)
	}
	return out, nil
}

// proofs are those of all databases; none where one of the lists could not be read:
// a verdict that is not seen would make a database overdue.
func (s BackupMonitor) proofs(ctx context.Context, now time.Time) (map[string]monitor.Proof, error) {
	names := make([]string, 0, len(s.Specs))
	for _, spec := range s.Specs {
		names = append(names, spec.Name())
	}
	verdicts, err := s.Proofs.LastVerdicts(ctx)
	if err != nil {
		return nil, err
	}
	passed, err := s.Proofs.LastPassed(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if passed[name].After(verdicts[name]) { // of a version that remembered no verdicts
			verdicts[name] = passed[name]
		}
	}
	since, err := s.Proofs.Watched(ctx, names, verdicts, now)
	if err != nil {
		return nil, err
	}
	proofs := map[string]monitor.Proof{}
	for _, name := range names {
		proofs[name] = monitor.Proof{Since: since[name], Verdict: verdicts[name], Pass: passed[name], Every: s.Overdue[name]}
	}
	return proofs, nil
}

// historyUnknown is what is said of all databases where nothing says when they were drilled.
func (s BackupMonitor) historyUnknown(err error) Warned {
	w := Warned{Count: len(s.Specs), Finding: drill.Finding{
		Severity: drill.Warning, Code: monitor.HistoryUnknown, What: fmt.Sprintf("looking for the last drills: %v", err),
		Hint: cmp.Or(drill.HintOf(err), "whether drills still happen, nobody knows: see what keeps the monitor's role from the table"),
	}}
	for _, spec := range s.Specs[:min(len(s.Specs), maxNamed)] {
		w.Databases = append(w.Databases, spec.Name())
	}
	return w
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
