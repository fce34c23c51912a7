package recoveries

import (
	"context"
	"errors"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// Plans answer from the packaged plan.
func Plans(plan.Plan, slice.Places) recoverystep.Plans { return none{} }

type none struct{}

func (none) Recovery(context.Context, string) (recoverystep.Planned, error) {
	return recoverystep.Planned{}, errors.New("not there yet")
}
