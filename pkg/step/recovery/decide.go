package recoverystep

import (
	"context"
	"errors"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// DecideStep takes a person's decision into the record, and does what follows.
type DecideStep struct {
	Store      Store
	Executions Executions
	Clock      step.Clock
}

type DecideStepIn struct {
	Run    string          `json:"run"`
	Choice recovery.Choice `json:"choice"`
	Step   string          `json:"step"`    // id; "" for abort
	Try    int             `json:"attempt"` // that it is about; 0: the present
	By     string          `json:"by"`
	Reason string          `json:"reason"`
}

type DecideStepOut struct {
	Run   recovery.Run     `json:"run"`
	Step  *recovery.Record `json:"step"` // as it stands now; nil: it is an abort
	Over  bool             `json:"over"`
	Start []string         `json:"started"`
}

func (s DecideStep) Handle(ctx context.Context, in DecideStepIn) (DecideStepOut, error) {
	return DecideStepOut{}, errNotThere
}

var errNotThere = errors.New("not there yet")
