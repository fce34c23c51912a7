package recoverystep

import (
	"context"
	"encoding/json"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// RunStep calls the Work of the step's kind once.
type RunStep struct {
	Store Store
	Works Works
	Clock step.Clock
}

type RunStepIn struct {
	ChildInput
	State  json.RawMessage  `json:"state"`  // of the last call; null: the first
	Answer *Answered        `json:"answer"` // of what the last call asked for; null: nothing
	Result *recovery.Result `json:"result"` // so far
}

// Answered is Job.State after Call, AskCopy and AskThere: the answer, or why there is
// none, and the State that was left when it was asked for.
type Answered struct {
	Answer json.RawMessage `json:"answer"`
	Error  string          `json:"error,omitempty"`
	Cause  string          `json:"cause,omitempty"`
	Before json.RawMessage `json:"before,omitempty"`
}

type RunStepOut struct {
	Next   Next            `json:"next"`
	State  json.RawMessage `json:"state"`
	NextAt string          `json:"nextAt"` // of Again, for the Wait's Timestamp
	// Result so far; whole with Done.
	Result   *recovery.Result `json:"result"`
	Function string           `json:"function"`
	Payload  json.RawMessage  `json:"payload"`
	// Skipped: somebody decided so meanwhile.
	Skipped bool `json:"skipped"`
}

func (s RunStep) Handle(ctx context.Context, in RunStepIn) (RunStepOut, error) {
	return RunStepOut{}, errNotThere
}
