package recoverystep

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// ReleaseStep writes how a step ended, and starts what became ready by that.
type ReleaseStep struct {
	Store      Store
	Executions Executions
	Clock      step.Clock
}

type ReleaseStepIn struct {
	ChildInput
	Skipped bool              `json:"skipped"`
	Result  *recovery.Result  `json:"result"`
	Failure *recovery.Failure `json:"failure"` // as the machine caught it; nil: it succeeded
}

type ReleaseStepOut struct {
	State   recovery.State `json:"state"`   // of the step now
	Started []string       `json:"started"` // ids of steps
	Over    bool           `json:"over"`
}

func (s ReleaseStep) Handle(ctx context.Context, in ReleaseStepIn) (ReleaseStepOut, error) {
	return ReleaseStepOut{}, errNotThere
}
