package recoverystep

import (
	"context"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// WorkWait lets time pass, counted from the start of the attempt: whoever asks again
// waits no longer.
type WorkWait struct{}

// Do implements Work.
func (WorkWait) Do(_ context.Context, job Job) (Progress, error) {
	wait := drill.Seconds(job.Step.Spec.WaitSeconds)
	until := job.begunAt().Add(wait)
	if job.Now.Before(until) {
		return againAt(struct{}{}, until, nil)
	}
	return doneWith(recovery.Result{Says: fmt.Sprintf("waited %s", wait)})
}
