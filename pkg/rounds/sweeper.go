package rounds

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Throwaways are the copies of one kind of database.
type Throwaways interface {
	// List finds every copy of a deployment in a region: what has both its name
	// and its tag. What has one of them only is nobody's to remove.
	List(ctx context.Context, region, deployment string) ([]drill.Throwaway, error)
	// Sweep asks for the removal of one part of a listed copy. It looks again
	// whether it is the one that was listed; already being removed, and not to be
	// removed before another part is gone, are success.
	Sweep(ctx context.Context, region string, t drill.Throwaway, part drill.Resource) error
}

// DefaultGrace is how old a copy is before the sweeper takes it: an execution
// that was cut off has its own clean-up first.
const DefaultGrace = time.Hour

// Sweeper removes copies that outlived their execution, on a schedule and with
// a role of its own: it needs neither the machine nor the run record, because
// what it is there for is that these failed.
//
// It lists first and removes only what has the deployment's name and tag, whose
// execution is over (or unknown to Step Functions), and which is older than the
// grace. A copy whose age or execution cannot be known is left and reported. Of a
// copy that an exercise of a recovery made, the record is asked first: the execution
// that it is tagged with is the first parent, and another may have gone on.
// One failure stops no other removal. Cut off at any point it leaves some
// copies for its next run.
type Sweeper struct {
	Deployment string
	Regions    []string
	Throwaways drillstep.ByKind[Throwaways]
	Executions drillstep.Executions
	Recoveries SweptRuns // nil: the plan declares no recovery
	Metrics    step.MetricSink
	Grace      time.Duration // 0: DefaultGrace
	DryRun     bool          // removes nothing and says what it would remove
}

// SweeperIn is the schedule's event, of which nothing is needed, or a person's
// input: {"dryRun": true}.
type SweeperIn struct {
	DryRun bool `json:"dryRun"`
}

// SweeperOut is what was found and what became of it.
type SweeperOut struct {
	DryRun  bool    `json:"dryRun"`
	Orphans []Swept `json:"orphans"` // outlived their execution: removal was asked for, unless DryRun
	Kept    []Swept `json:"kept"`    // left alone, and why
}

// Swept is one copy.
type Swept struct {
	Region    string          `json:"region"`
	Throwaway drill.Throwaway `json:"throwaway"`
	Why       string          `json:"why,omitempty"`
}

// Handle sweeps all kinds in all regions. Errors: CleanupFailed, which names every copy that
// could not be judged or removed; Orphans holds what could be.
func (s Sweeper) Handle(ctx context.Context, in SweeperIn) (SweeperOut, error) {
	out := SweeperOut{DryRun: s.DryRun || in.DryRun, Orphans: []Swept{}, Kept: []Swept{}}
	var problems []error
	for _, region := range s.Regions {
		for _, kind := range s.Throwaways.Kinds() {
			problems = append(problems, s.sweepAll(ctx, region, kind, &out)...)
		}
	}
	// Zero is published as well: an alarm on it must not starve.
	metric := drill.Metric{Name: "Orphans", Unit: "Count", Value: float64(len(out.Orphans)), Dimensions: map[string]string{"Deployment": s.Deployment}}
	if err := s.Metrics.Publish(ctx, []drill.Metric{metric}); err != nil {
		problems = append(problems, fmt.Errorf("publishing the number of orphans: %w", err))
	}
	if err := errors.Join(problems...); err != nil {
		return out, step.Named(drill.CleanupFailed, err, "sweeping deployment %s", s.Deployment)
	}
	return out, nil
}

// sweepAll sweeps the copies of one kind in one region.
func (s Sweeper) sweepAll(ctx context.Context, region, kind string, out *SweeperOut) (problems []error) {
	copies := s.Throwaways[kind]
	found, err := copies.List(ctx, region, s.Deployment)
	if err != nil {
		return []error{fmt.Errorf("listing the copies of kind %s in %s: %w", kind, region, err)}
	}
	for _, t := range found {
		problems = append(problems, s.sweep(ctx, region, copies, t, out))
	}
	return problems
}

func (s Sweeper) sweep(ctx context.Context, region string, copies Throwaways, t drill.Throwaway, out *SweeperOut) error {
	why, err := s.keep(ctx, t)
	if why != "" {
		out.Kept = append(out.Kept, Swept{region, t, why})
		return err
	}
	out.Orphans = append(out.Orphans, Swept{Region: region, Throwaway: t})
	if out.DryRun {
		return nil
	}
	var problems []error
	for _, part := range t.Copy { // in the order of removal
		if err := copies.Sweep(ctx, region, t, part); err != nil {
			problems = append(problems, fmt.Errorf("removing %s in %s: %w", part.ID, region, err))
		}
	}
	return errors.Join(problems...)
}

// keep says why a copy is left alone; "" where it is an orphan.
func (s Sweeper) keep(ctx context.Context, t drill.Throwaway) (why string, err error) {
	grace := s.Grace
	if grace == 0 {
		grace = DefaultGrace
	}
	id := t.Copy.First().ID
	switch {
	case t.Deployment != s.Deployment || !drill.IsThrowawayName(s.Deployment, id):
		return "it is not of this deployment", nil
	case t.ExecutionID == "":
		return "it does not say which execution made it", fmt.Errorf("%s carries no execution: look at whose it is", id)
	case t.Age == 0:
		return "nobody knows its age", fmt.Errorf("%s has no age: look at whose it is", id)
	case t.Age < grace:
		return fmt.Sprintf("it is younger than %s", grace), nil
	}
	if s.Recoveries != nil && isRecovery(s.Deployment, t.ExecutionID) {
		return s.keepExercise(ctx, t)
	}
	closed, err := s.Executions.Closed(ctx, t.ExecutionID)
	if err != nil {
		return "its execution could not be asked about", fmt.Errorf("asking whether execution %s is over: %w", t.ExecutionID, err)
	}
	if !closed {
		return "its execution is running", nil
	}
	return "", nil
}
