package sim

import (
	"context"
	"encoding/json"

	runstep "github.com/lifeboat-dr/lifeboat/functions/run-step/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// failing is run-step, in which steps fail as the scenario has it.
func (w *RecoveryWorld) failing(env lambdafn.Env) (lambdafn.Handler, error) {
	return runstep.With(func(works recoverystep.Works) recoverystep.Works {
		all := recoverystep.Works{}
		for kind, work := range works {
			all[kind] = troubled{work, w.scenario.Steps}
		}
		return all
	})(env)
}

// troubled is a Work whose first attempts fail.
type troubled struct {
	recoverystep.Work
	steps map[string]StepTrouble
}

// beganToFail is the state of an attempt that works for a while before it fails.
var beganToFail = json.RawMessage(`{"troubled": true}`)

// Do implements recoverystep.Work.
func (t troubled) Do(ctx context.Context, job recoverystep.Job) (recoverystep.Progress, error) {
	trouble, has := t.steps[job.Step.Node.ID]
	if !has || job.Step.Status.Attempt > trouble.Fails {
		return t.Work.Do(ctx, job)
	}
	if trouble.Takes > 0 && job.State == nil {
		at := job.Now.Add(trouble.Takes.or(0))
		return recoverystep.Progress{Next: recoverystep.Again, State: beganToFail, NextAt: &at, Result: &recovery.Result{Says: "simulated trouble"}}, nil
	}
	if trouble.Takes > 0 && job.Step.Status.StartedAt != nil {
		if at := job.Step.Status.StartedAt.Add(trouble.Takes.or(0)); job.Now.Before(at) {
			return recoverystep.Progress{Next: recoverystep.Again, State: job.State, NextAt: &at, Result: &recovery.Result{Says: "simulated trouble"}}, nil
		}
	}
	e := &drill.Error{Name: trouble.Error, What: trouble.Cause}
	if e.Name == "" {
		e.Name = "StepFailed"
	}
	if e.What == "" {
		e.What = "simulated: the scenario has this attempt fail"
	}
	return recoverystep.Progress{}, e
}
