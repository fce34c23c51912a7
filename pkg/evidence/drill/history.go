package drillevidence

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// recentRuns is how many past runs an expectation rests on: enough for a
// median that one odd run does not move, few enough to follow a database that
// grows.
const recentRuns = 10

// Past returns the newest ten restores of a database ("workload/database") that
// reached availability, and what its last good drill saw. No event told of any
// restore: these are local.
//
// The error tells of files that cannot be read, which may be of any database; the
// rest is returned with it.
func (s Store) Past(ctx context.Context, database string) (past drill.Past, unread error) {
	for d, err := range s.runs(ctx, database) {
		var torn Problem
		if errors.As(err, &torn) {
			unread = cmp.Or(unread, error(torn))
			continue
		}
		if err != nil {
			return drill.Past{}, err
		}
		if seconds, available := phaseSeconds(d)[drill.PhaseRestore]; available && len(past.Restores) < recentRuns {
			past.Restores = append(past.Restores, drill.PastRestore{Seconds: seconds})
		}
		if saw := d.saw(); saw != nil && past.Reference == nil {
			past.Reference = &drill.Reference{Identity: *saw, RunID: d.RunID, RecordedAt: d.RecordedAt}
		}
		if len(past.Restores) == recentRuns && past.Reference != nil {
			break
		}
	}
	return past, unread
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
// availability.
func (s Store) recent(ctx context.Context, database string) ([]map[string]float64, error) {
	var recent []map[string]float64
	for d, err := range s.runs(ctx, database) {
		var torn Problem
		if errors.As(err, &torn) {
			continue
		}
		if err != nil {
			return nil, err
		}
		phases := phaseSeconds(d)
		if _, available := phases[drill.PhaseRestore]; !available {
			continue
		}
		if recent = append(recent, phases); len(recent) == recentRuns {
			break
		}
	}
	return recent, nil
}

func phaseSeconds(d Document) map[string]float64 {
	phases := map[string]float64{}
	for _, p := range d.Timeline.Phases {
		phases[p.Phase] = p.Seconds
	}
	return phases
}

// runs reads the documents of a database, newest first, each run once; a file
// that cannot be read is a Problem. It reads only as far as it is asked: the order
// of the files is that of their recording.
func (s Store) runs(ctx context.Context, database string) iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		ids, err := s.IDs(ctx)
		if err != nil {
			yield(Document{}, err)
			return
		}
		seen := map[string]bool{} // a run that was adopted is recorded twice
		for _, id := range ids {
			if err := ctx.Err(); err != nil {
				yield(Document{}, err)
				return
			}
			text, err := s.Text(ctx, id)
			var d Document
			if err == nil {
				d, err = DecodeAs(id, text)
			}
			if err != nil {
				if !yield(Document{}, Problem{Path: s.Path(id), Err: err}) {
					return
				}
				continue
			}
			if d.Name() != database || seen[d.RunID] {
				continue
			}
			seen[d.RunID] = true
			if !yield(d, nil) {
				return
			}
		}
	}
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
