package recoverystep

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// StartReady sees to it that everything that follows from the record is done: what
// crashed before it had done so, in whatever place, is made up for.
type StartReady struct {
	Store      Store
	Executions Executions
	Clock      step.Clock
}

type StartReadyIn struct {
	Run   string `json:"run"`
	Epoch int    `json:"epoch"`
	Loops int    `json:"loops"` // how often this parent has waited
}

// What the parent does after StartReady.
const (
	Waits      = "wait"
	Over       = "over"
	Superseded = "superseded" // another parent has the run
	HandedOver = "handedOver" // a new parent was started, for this one's history is full
)

type StartReadyOut struct {
	Next        string `json:"next"`
	WaitSeconds int    `json:"waitSeconds"` // 1 to 60
}

func (s StartReady) Handle(ctx context.Context, in StartReadyIn) (StartReadyOut, error) {
	return StartReadyOut{}, errNotThere
}
