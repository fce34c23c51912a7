package recoverystep

import (
	"context"
	"errors"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
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
	for range contended {
		run, err := s.Store.Run(ctx, in.Run)
		if err != nil {
			return AwaitEndOut{}, reading(err, in.Run)
		}
		if run.OverAt != nil || run.Epoch != in.Epoch { // there is nothing to wait for
			if err := s.Executions.Wake(ctx, in.Token); err != nil {
				return AwaitEndOut{}, fmt.Errorf("waking recovery %s: %w", in.Run, err)
			}
			return AwaitEndOut{}, nil
		}
		// The same item says that the run is over. Whoever writes that after this has
		// read the token, and whoever wrote it before makes this a conflict: no wake-up is
		// lost.
		run.Token = in.Token
		err = s.Store.PutRun(ctx, run)
		if errors.Is(err, recovery.ErrConflict) {
			continue
		}
		if err != nil {
			return AwaitEndOut{}, reading(err, in.Run)
		}
		return AwaitEndOut{}, nil
	}
	return AwaitEndOut{}, tooBusy(in.Run)
}
