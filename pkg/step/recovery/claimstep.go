package recoverystep

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// ClaimStep has a ready step run. Only the execution of its present attempt can.
type ClaimStep struct {
	Store Store
	Clock step.Clock
}

type ClaimStepOut struct {
	Claimed bool   `json:"claimed"`
	Why     string `json:"why"` // it was not
}

func (s ClaimStep) Handle(ctx context.Context, in ChildInput) (ClaimStepOut, error) {
	return ClaimStepOut{}, errNotThere
}
