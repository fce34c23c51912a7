package recoverystep

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// AwaitEnd leaves the token of its own task in the record; whoever ends the run
// completes it.
type AwaitEnd struct {
	Store      Store
	Executions Executions
	Clock      step.Clock
}

type AwaitEndIn struct {
	Run   string `json:"run"`
	Epoch int    `json:"epoch"`
	Token string `json:"token"`
}

type AwaitEndOut struct{}

func (s AwaitEnd) Handle(ctx context.Context, in AwaitEndIn) (AwaitEndOut, error) {
	return AwaitEndOut{}, errNotThere
}
