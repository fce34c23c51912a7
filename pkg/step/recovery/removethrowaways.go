package recoverystep

import (
	"context"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Throwaways are what an exercise makes. Neither trusts the results of steps: one
// that was cut off has none. What a step makes has a name that follows from the run
// and the step.
type Throwaways interface {
	// Remove asks for the removal of all that the steps of a run may have made, known or
	// not, where it carries the run's name and lifeboat's mark. Nothing there and already
	// being removed are success. It does not wait, and goes on after an error.
	Remove(ctx context.Context, run recovery.Run, steps []recovery.Record) error
	// Remaining lists what is still there, in whatever state.
	Remaining(ctx context.Context, run recovery.Run, steps []recovery.Record) ([]recovery.Resource, error)
}

// RemoveThrowaways asks for the removal of what an exercise made, and looks whether
// it is gone. Of a failover there is nothing to remove.
type RemoveThrowaways struct {
	Store      Store
	Throwaways Throwaways
	Clock      step.Clock
}

type RemoveThrowawaysIn struct {
	Run   string `json:"run"`
	Epoch int    `json:"epoch"`
	// StartedAt is when the first round of this parent began; nil: this is it.
	StartedAt *time.Time `json:"startedAt"`
}

type RemoveThrowawaysOut struct {
	Next      string           `json:"next"` // Waits, Over, Superseded
	StartedAt time.Time        `json:"startedAt"`
	NextAt    string           `json:"nextAt"` // of Waits
	Removal   recovery.Removal `json:"removal"`
}

func (s RemoveThrowaways) Handle(ctx context.Context, in RemoveThrowawaysIn) (RemoveThrowawaysOut, error) {
	return RemoveThrowawaysOut{}, errNotThere
}
