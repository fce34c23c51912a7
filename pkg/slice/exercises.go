package slice

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// ExercisesOverdue is how long there may be no recovery, exercise or failover, of every
// workload on AWS that declares one, by its name: twice the longest interval of the
// schedule of exercises, and 35 days where there is none, as for drills. Nil: none
// declares one.
func ExercisesOverdue(p plan.Plan) map[string]time.Duration {
	recovered := p.Recovered(true)
	if len(recovered) == 0 {
		return nil
	}
	every := plan.Drill{Schedule: p.ExerciseSchedule()}.Overdue()
	overdue := map[string]time.Duration{}
	for _, w := range recovered {
		overdue[w.Name] = every
	}
	return overdue
}
