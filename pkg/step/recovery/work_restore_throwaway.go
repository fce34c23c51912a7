package recoverystep

import (
	"context"
	"errors"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// throwaway is made in an exercise.
type throwaway struct {
	copies Copies
	run    drill.Run
	spec   drill.Spec
}

func (t throwaway) name() string { return t.run.Throwaway }

func (t throwaway) start(ctx context.Context, point drill.RecoveryPoint) (drill.Resource, error) {
	made, err := t.copies.StartRestore(ctx, t.run, t.spec, point)
	return made.First(), err
}

func (t throwaway) look(ctx context.Context, made drill.Resource) (drill.RestoreStatus, error) {
	made.Kind, made.ID = t.copies.Parts(t.run).First().Kind, t.run.Throwaway
	return t.copies.RestoreStatus(ctx, t.run, t.spec, made)
}

func (t throwaway) finish(ctx context.Context) (drill.Access, error) {
	return t.copies.PrepareLogin(ctx, t.run, t.spec, t.copies.Parts(t.run).First())
}

// differences of a copy are none: nothing describes it but lifeboat itself.
func (t throwaway) differences(context.Context) ([]string, error) { return nil, nil }

func (t throwaway) left(ctx context.Context) (leftover, error) {
	remaining, err := t.copies.Remaining(ctx, t.run, t.spec)
	if err != nil || len(remaining) == 0 {
		return leftNothing, err
	}
	_, err = t.copies.RestoreStatus(ctx, t.run, t.spec, remaining[0])
	switch drill.NameOf(err) {
	case "":
		return leftAlive, err
	case drill.RestoreFailed, drill.NoCapacity, drill.CopyStopped:
		return leftDead, nil
	}
	return leftNothing, err
}

func (t throwaway) discard(ctx context.Context) error {
	var problems []error
	for _, part := range t.copies.Parts(t.run) {
		problems = append(problems, t.copies.Remove(ctx, t.run, t.spec, part))
	}
	return errors.Join(problems...)
}
