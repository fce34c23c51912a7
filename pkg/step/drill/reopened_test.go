package drillstep_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// The machine hands the answer over once: where the session cannot be opened then,
// it must not be asked for again, since the second one may be another.
func TestACustomAnswerIsKeptWhereNobodyIsLetIn(t *testing.T) {
	w := newWorld(t, &hand{midnight}, &fault{operation: "Open", from: 1, times: 1, err: &drill.Error{Name: drill.NotReady, What: "nothing answers yet"}})
	w.custom("", nil)
	w.facts[""] = []drill.Fact{{Kind: drill.FactPhaseEnded, Note: drill.PhaseConnect, At: midnight}}
	in := drillstep.ValidateDataIn{
		Spec: w.spec, Progress: &drillstep.Progress{NextCheck: 1},
		Custom: &drillstep.CustomAnswer{Answer: json.RawMessage(`{"passed": false}`), StartedAt: midnight},
	}
	out, err := w.steps().ValidateData.Handle(t.Context(), in)
	if err != nil || out.Progress.Next != drillstep.NextWait {
		t.Fatalf("%+v, %v", out, err)
	}
	in.Progress, in.Custom = &out.Progress, nil
	if out, err = w.steps().ValidateData.Handle(t.Context(), in); err != nil || out.Progress.Next != drillstep.NextDone {
		t.Fatalf("%+v, %v", out, err)
	}
	var answers []drill.CheckOutcome
	for _, f := range w.facts[""] {
		if f.Check != nil && f.Check.Kind == drill.CheckCustom {
			answers = append(answers, f.Check.Outcome)
		}
	}
	if len(answers) != 1 || answers[0] != drill.CheckFailed {
		t.Errorf("%v", answers)
	}
}

// A session that is lost long after the copy first let us in has a wait of its own.
func TestEachWaitHasItsWholeTime(t *testing.T) {
	clock := &hand{midnight}
	w := newWorld(t, clock)
	s, progress := w.steps(), &drillstep.Progress{WaitingSince: midnight.Add(-20 * time.Minute), NextAt: "x"}
	notYet, lost := &drill.Error{Name: drill.NotReady, What: "not yet"}, &drill.Error{Name: drill.ValidationImpossible, What: "lost"}
	s.ValidateData.OpenChecks = only[drillstep.OpenChecks](func(context.Context, drill.Run, drill.Spec, drill.Resource, drill.Access) (drillstep.CheckSession, error) {
		if progress.LostAt.IsZero() {
			return cutSession{session{w}, lost}, nil
		}
		return nil, notYet
	})
	for _, later := range []time.Duration{0, 15 * time.Minute, 20 * time.Minute} {
		clock.now = clock.now.Add(later)
		next, err := call(t, s, w.spec, progress)
		if err != nil || next.Next != drillstep.NextWait {
			t.Fatalf("after %s: %+v, %v", later, next, err)
		}
		progress = &next
	}
	clock.now = clock.now.Add(30 * time.Minute)
	if _, err := call(t, s, w.spec, progress); drill.NameOf(err) != drill.ValidationImpossible {
		t.Errorf("it is waited for for ever: %v", err)
	}
}
