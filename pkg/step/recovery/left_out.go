package recoverystep

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// LeftOut tells whether the plan leaves a step out of exercises, and this is one:
// then it is done without being done, and says so.
func LeftOut(job Job) (Progress, bool) {
	if !job.exercising() || !job.Step.Spec.NotInExercise {
		return Progress{}, false
	}
	p, _ := leftUnproven("left out of the exercise", "the plan leaves it out of exercises (exercise: false)")
	return p, true
}

// begunAt is when the attempt began.
func (j Job) begunAt() time.Time {
	if at := j.Step.Status.StartedAt; at != nil {
		return *at
	}
	return j.Now
}

// endsAt is when the attempt's time is up; zero: nobody set one.
func (j Job) endsAt() time.Time {
	if j.Step.Spec.TimeoutSeconds <= 0 {
		return time.Time{}
	}
	return j.begunAt().Add(drill.Seconds(j.Step.Spec.TimeoutSeconds))
}
