package recoverystep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// follower does what follows from the record of a run, and nothing else does: after
// a step was released, after a decision, and every minute.
//
// It writes what Moves says, each write on condition that nobody else was there
// first, and begins anew where somebody was. Then it starts what became ready. It may
// be cut off after any write: the next one finds the rest, and what was started
// already has its name.
type follower struct {
	store      Store
	executions Executions // nil: there is nothing to start, for the run is aborted
	clock      step.Clock
}

// standing is how a run stands once everything that follows was done.
type standing struct {
	run     recovery.Run
	steps   []recovery.Record
	started []string // ids
	over    bool
}

// follow starts what became ready by its own writes, and with all whatever is ready:
// then an earlier call may have been cut off between its write and the start.
func (f follower) follow(ctx context.Context, id string, all bool) (standing, error) {
	mine := map[string]bool{}
	var started []string
	for range contended {
		s, m, err := f.look(ctx, id)
		if err != nil {
			return standing{}, err
		}
		s.started = started
		// Of a run that is over, too: whoever wrote late may have had a step wait again.
		whole, err := f.change(ctx, s, m, mine)
		if err != nil {
			return standing{}, err
		}
		if !whole {
			all = true // the write that was first may have been our own, its answer lost
			continue
		}
		if s.over {
			f.wake(ctx, s.run)
			return s, nil
		}
		for _, r := range s.ready(m) {
			if !all && !mine[r.Node.ID] {
				continue
			}
			if err := f.start(ctx, s.run, r); err != nil {
				return s, err
			}
			delete(mine, r.Node.ID)
			started = append(started, r.Node.ID)
		}
		s.started = started
		settled, err := f.settle(ctx, &s, m)
		if err != nil {
			return standing{}, err
		}
		if settled {
			return s, nil
		}
		all = false // it was started just now
	}
	return standing{}, tooBusy(id)
}

// ready are the steps to be started, in the order in which they should be.
func (s standing) ready(m recovery.Moves) []recovery.Record {
	byID := make(map[string]recovery.Record, len(s.steps))
	for _, r := range s.steps {
		byID[r.Node.ID] = r
	}
	ready := make([]recovery.Record, len(m.Start))
	for i, id := range m.Start {
		ready[i] = byID[id]
	}
	return ready
}

// look reads the run before the steps: see recovery.Graph.Moves.
func (f follower) look(ctx context.Context, id string) (standing, recovery.Moves, error) {
	run, err := f.store.Run(ctx, id)
	if err != nil {
		return standing{}, recovery.Moves{}, reading(err, id)
	}
	steps, err := f.store.Steps(ctx, id)
	if err != nil {
		return standing{}, recovery.Moves{}, reading(err, id)
	}
	graph, err := recovery.GraphOf(steps)
	if err != nil {
		return standing{}, recovery.Moves{}, fmt.Errorf("recovery %s: the graph in its record: %w", id, err)
	}
	s := standing{run: run, steps: steps, over: run.OverAt != nil}
	return s, graph.Moves(run, steps, f.clock.Now()), nil
}

// change writes what becomes of the steps. It is not whole where somebody else wrote
// one of them first: what comes after follows from what was not written.
func (f follower) change(ctx context.Context, s standing, m recovery.Moves, mine map[string]bool) (whole bool, err error) {
	at := make(map[string]int, len(s.steps))
	for i, r := range s.steps {
		at[r.Node.ID] = i
	}
	for _, id := range m.Order {
		r := &s.steps[at[id]]
		changed := *r
		changed.Status = m.Changes[id]
		err := f.store.PutStep(ctx, s.run.ID, changed)
		if errors.Is(err, recovery.ErrConflict) {
			return false, nil
		}
		if err != nil {
			return false, reading(err, s.run.ID)
		}
		changed.Revision++
		*r = changed
		if changed.Status.State == recovery.Ready {
			mine[id] = true
		}
	}
	return true, nil
}

func (f follower) start(ctx context.Context, run recovery.Run, r recovery.Record) error {
	if f.executions == nil {
		return nil
	}
	in := ChildInput{Run: run.ID, Step: r.Number, Attempt: r.Status.Attempt}
	if err := f.executions.StartStep(ctx, recovery.ChildName(run.ID, r), in); err != nil {
		return fmt.Errorf("starting step %s of recovery %s: %w", r.Node.ID, run.ID, err)
	}
	return nil
}

// settle writes what becomes of the run itself: until when a decision is waited for,
// or that it is over. False: somebody decided meanwhile.
func (f follower) settle(ctx context.Context, s *standing, m recovery.Moves) (bool, error) {
	if !m.Over && same(s.run.DecideBy, m.DecideBy) {
		return true, nil
	}
	s.run.DecideBy = m.DecideBy
	if m.Over {
		now := f.clock.Now()
		s.run.OverAt, s.run.DecideBy = &now, nil
	}
	err := f.store.PutRun(ctx, s.run)
	if errors.Is(err, recovery.ErrConflict) {
		return false, nil
	}
	if err != nil {
		return false, reading(err, s.run.ID)
	}
	s.run.Revision++
	if s.over = m.Over; s.over {
		f.wake(ctx, s.run)
	}
	return true, nil
}

// wake tells the parent that it is over. Where that fails it finds out by itself, a
// minute later.
func (f follower) wake(ctx context.Context, run recovery.Run) {
	if f.executions == nil || run.Token == "" {
		return
	}
	_ = f.executions.Wake(ctx, run.Token)
}

func same(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}
