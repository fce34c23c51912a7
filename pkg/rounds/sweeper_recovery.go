package rounds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// SweptRuns is the record of recoveries, as far as the sweeper asks it.
type SweptRuns interface {
	Run(ctx context.Context, id string) (recovery.Run, error) // recovery.ErrNoRun
}

// abandonedAfter is how old a copy of an exercise is that is not over, and on which
// nothing works: nobody resumes it any more. Until then somebody is told of it, and may.
const abandonedAfter = 24 * time.Hour

// keepExercise says why a copy that an exercise made is left alone; "" where it is an
// orphan: the exercise is over, and whoever was to remove it did not.
func (s Sweeper) keepExercise(ctx context.Context, t drill.Throwaway) (why string, err error) {
	run, err := s.Recoveries.Run(ctx, drill.RunID(t.ExecutionID))
	if err != nil && !errors.Is(err, recovery.ErrNoRun) {
		return "the record of its exercise could not be read", fmt.Errorf("asking whether the exercise of %s is over: %w", t.Copy.First().ID, err)
	}
	parent := cmp.Or(run.Execution, t.ExecutionID)
	closed, err := s.Executions.Closed(ctx, parent)
	switch {
	case err != nil:
		return "its execution could not be asked about", fmt.Errorf("asking whether execution %s is over: %w", parent, err)
	case !closed:
		return "its exercise is running", nil
	case run.ID != "" && run.OverAt == nil && t.Age < abandonedAfter:
		return "its exercise is not over, and may be resumed", nil
	}
	return "", nil
}
