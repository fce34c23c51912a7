package recoverystep

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

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
