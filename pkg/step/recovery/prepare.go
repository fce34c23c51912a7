package recoverystep

import (
	"context"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Execution is what the states of the parent pass on from the context object.
type Execution struct {
	ID        string    `json:"id"`        // the execution's ARN
	StartedAt time.Time `json:"startedAt"` // zero of the RTO
}

// PrepareRecovery begins a run: it freezes what the plan says into the record. With
// Resume it takes on a run that is there.
type PrepareRecovery struct {
	Store      Store
	Plans      Plans
	Executions Executions
	Clock      step.Clock
	Version    string // of lifeboat
}

type PrepareRecoveryIn struct {
	Execution Execution `json:"execution"`
	Request   Request   `json:"request"`
}

// Outcomes of PrepareRecovery.
const (
	Begun        = "begun"        // or resumed: go on
	Duplicate    = "duplicate"    // another execution has this scheduled time
	NotConfirmed = "notConfirmed" // Says tells what to type
	Finished     = "finished"     // the run that was to be resumed is over, and reported
)

type PrepareRecoveryOut struct {
	Outcome string        `json:"outcome"`
	Run     string        `json:"run"`
	Epoch   int           `json:"epoch"`
	Mode    recovery.Mode `json:"mode"`
	Says    string        `json:"says"`
}

func (s PrepareRecovery) Handle(ctx context.Context, in PrepareRecoveryIn) (PrepareRecoveryOut, error) {
	return PrepareRecoveryOut{}, errNotThere
}
