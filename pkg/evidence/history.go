package evidence

import (
	"context"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// recentRuns is how many past runs an expectation rests on: enough for a
// median that one odd run does not move, few enough to follow a database that
// grows.
const recentRuns = 10

// Restores returns the past restores of a database ("workload/database"),
// newest first, at most ten. Only runs that reached availability count. Files
// that cannot be read are passed over. No event told any: these are local.
func (s Store) Restores(ctx context.Context, database string) ([]drill.PastRestore, error) {
	runs, err := s.recent(ctx, database)
	if err != nil {
		return nil, err
	}
	var past []drill.PastRestore
	for _, phases := range runs {
		past = append(past, drill.PastRestore{Seconds: phases[drill.PhaseRestore]})
	}
	return past, nil
}

// Expected is what the past runs of a database let expect, in seconds.
type Expected struct {
	Runs           int                // that it rests on; 0: nothing is known
	RestoreSeconds float64            // median
	PhaseSeconds   map[string]float64 // median of each phase, of the runs that completed it
}

// Expected returns what to expect of the next run of a database
// ("workload/database"), from its last ten runs that reached availability.
func (s Store) Expected(ctx context.Context, database string) (Expected, error) {
	runs, err := s.recent(ctx, database)
	if err != nil || len(runs) == 0 {
		return Expected{}, err
	}
	seconds := map[string][]float64{}
	for _, phases := range runs {
		for phase, s := range phases {
			seconds[phase] = append(seconds[phase], s)
		}
	}
	e := Expected{Runs: len(runs), PhaseSeconds: map[string]float64{}}
	for phase, s := range seconds {
		e.PhaseSeconds[phase] = median(s)
	}
	e.RestoreSeconds = e.PhaseSeconds[drill.PhaseRestore]
	return e, nil
}

// recent returns the seconds of each phase of the newest runs that reached
// availability. It stops reading when it has enough: the order of the files
// is that of their recording.
func (s Store) recent(ctx context.Context, database string) ([]map[string]float64, error) {
	ids, err := s.ids()
	if err != nil {
		return nil, err
	}
	var runs []map[string]float64
	seen := map[string]bool{} // a run that was adopted is recorded twice
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(runs) == recentRuns {
			break
		}
		text, err := readFile(s.Path(id))
		if err != nil {
			continue
		}
		d, err := Decode(text)
		if err != nil || d.Name() != database || seen[d.RunID] {
			continue
		}
		seen[d.RunID] = true
		phases := map[string]float64{}
		for _, p := range d.Timeline.Phases {
			phases[p.Phase] = p.Seconds
		}
		if _, available := phases[drill.PhaseRestore]; available {
			runs = append(runs, phases)
		}
	}
	return runs, nil
}

// median of a list that is not empty.
func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
