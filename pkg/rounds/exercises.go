package rounds

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// RecoveredFinder knows when workloads were last recovered, with evidence, whatever the
// mode and the ending.
type RecoveredFinder interface {
	LastRecovered(ctx context.Context) (map[string]time.Time, error)
	// Watched is since when each of these is watched; see Proofs.
	Watched(ctx context.Context, names []string, verdicts map[string]time.Time, now time.Time) (map[string]time.Time, error)
}

// Exercises are how long there may be no recovery of each workload that declares one,
// and who knows of the last. The zero value: the plan declares none, and nothing is
// published.
type Exercises struct {
	Every     map[string]time.Duration // by workload
	Recovered RecoveredFinder
}

// Names of their metrics; docs/metrics.md.
const (
	ExerciseHeadroom  = "ExerciseHeadroom"
	SinceLastExercise = "SinceLastExercise"
	ExercisesUnknown  = "ExercisesUnknown"
)

// figures of one moment. Where the history cannot be read there are none but how many
// workloads that is true of; a finding says why.
func (e Exercises) figures(ctx context.Context, deployment string, now time.Time) ([]drill.Metric, []Warned) {
	if len(e.Every) == 0 {
		return nil, nil
	}
	all := map[string]string{"Deployment": deployment}
	names := slices.Sorted(maps.Keys(e.Every))
	last, since, err := e.last(ctx, names, now)
	if err != nil {
		return []drill.Metric{{Name: ExercisesUnknown, Unit: "Count", Value: float64(len(names)), Dimensions: all}}, []Warned{{
			Count: len(names), Databases: names[:min(len(names), maxNamed)],
			Finding: drill.Finding{
				Severity: drill.Warning, Code: ExercisesUnknown, What: fmt.Sprintf("looking for the last exercises: %v", err),
				Hint: cmp.Or(drill.HintOf(err), "whether exercises still happen, nobody knows: see what keeps the monitor's role from the table"),
			},
		}}
	}
	list := []drill.Metric{{Name: ExercisesUnknown, Unit: "Count", Dimensions: all}}
	var overdue warnings
	worst := time.Duration(1<<63 - 1)
	for _, name := range names {
		of := map[string]string{"Deployment": deployment, "Workload": name}
		from := since[name]
		if last[name].After(from) {
			from = last[name]
		}
		headroom := e.Every[name] - now.Sub(from)
		worst = min(worst, headroom)
		list = append(list,
			drill.Metric{Name: SinceLastExercise, Unit: "Seconds", Value: now.Sub(from).Seconds(), Dimensions: of},
			drill.Metric{Name: ExerciseHeadroom, Unit: "Seconds", Value: headroom.Seconds(), Dimensions: of})
		if headroom < 0 {
			overdue.of(name, []drill.Finding{overdueExercise(last[name].IsZero())})
		}
	}
	return append(list, drill.Metric{Name: ExerciseHeadroom, Unit: "Seconds", Value: worst.Seconds(), Dimensions: all}), overdue.list
}

func overdueExercise(never bool) drill.Finding {
	f := drill.Finding{Severity: drill.Warning, Code: "ExerciseOverdue", What: "no recovery of it was exercised for longer than the schedule allows", Hint: "start an exercise: lifeboat recover --world aws"}
	if never {
		f.Code, f.What = "NeverExercised", "its recovery was never exercised"
	}
	return f
}

func (e Exercises) last(ctx context.Context, names []string, now time.Time) (last, since map[string]time.Time, err error) {
	if last, err = e.Recovered.LastRecovered(ctx); err != nil {
		return nil, nil, err
	}
	since, err = e.Recovered.Watched(ctx, names, last, now)
	return last, since, err
}
