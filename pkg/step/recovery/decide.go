package recoverystep

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
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
	if err := s.decide(ctx, in); err != nil {
		return DecideStepOut{}, err
	}
	stands, err := follower{s.Store, s.Executions, s.Clock}.follow(ctx, in.Run, true)
	if err != nil {
		return DecideStepOut{}, fmt.Errorf("the decision is in the record, and has its effect within a minute: %w", err)
	}
	out := DecideStepOut{Run: stands.run.Shown(), Over: stands.over, Start: stands.started}
	for _, r := range stands.steps {
		if r.Node.ID == in.Step {
			shown := r.Shown()
			out.Step = &shown
		}
	}
	return out, nil
}

// decide writes the decision before it has any effect.
func (s DecideStep) decide(ctx context.Context, in DecideStepIn) error {
	for range contended {
		run, err := s.Store.Run(ctx, in.Run)
		if errors.Is(err, recovery.ErrNoRun) {
			return s.noRun(ctx, in.Run)
		}
		if err != nil {
			return reading(err, in.Run)
		}
		steps, err := s.Store.Steps(ctx, in.Run)
		if err != nil {
			return reading(err, in.Run)
		}
		graph, err := recovery.GraphOf(steps)
		if err != nil {
			return fmt.Errorf("recovery %s: the graph in its record: %w", in.Run, err)
		}
		decided, err := graph.Decide(run, steps, recovery.Decision{
			Choice: in.Choice, Step: in.Step, Try: in.Try, By: in.By, Reason: in.Reason, At: s.Clock.Now(),
		})
		if err != nil {
			return refused(err)
		}
		if len(decided.Decisions) == len(run.Decisions) { // it is there
			return nil
		}
		err = s.Store.PutRun(ctx, decided)
		if errors.Is(err, recovery.ErrConflict) {
			continue
		}
		if err != nil {
			return reading(err, in.Run)
		}
		return nil
	}
	return tooBusy(in.Run)
}

func refused(err error) error {
	var no *recovery.Refused
	if errors.As(err, &no) {
		return &drill.Error{Name: DecisionRefused, What: no.What, Hint: no.Hint}
	}
	return err
}

// noRun says which recoveries there are.
func (s DecideStep) noRun(ctx context.Context, id string) error {
	const newest = 5
	hint := "there was none yet: start one with " + recovery.Command(recovery.OnAWS) // on this machine the world has looked before
	if runs, err := s.Store.Runs(ctx, newest); err == nil && len(runs) > 0 {
		ids := make([]string, len(runs))
		for i, r := range runs {
			ids[i] = r.ID
		}
		hint = "the newest are " + strings.Join(ids, ", ")
	}
	return &drill.Error{Name: drill.InvalidInput, What: fmt.Sprintf("there is no recovery %q", id), Hint: hint}
}
