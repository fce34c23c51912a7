package recoverystep

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// ThrowawayOf is the name of what a step of an exercise makes: it follows from the
// run and the step alone, so that a second call finds what the first one made, and
// clean-up needs no memory. A step makes one thing.
func ThrowawayOf(run recovery.Run, step string) string {
	return drill.ThrowawayName(run.Deployment, run.First+"#"+step)
}

// copyRun is a step of an exercise as the adapters of drills know a run: it makes
// what they make, with their tags, under the step's own name.
func copyRun(run recovery.Run, step string) drill.Run {
	return drill.Run{
		ID: run.ID, ExecutionID: run.First, Throwaway: ThrowawayOf(run, step), Deployment: run.Deployment,
		StartedAt: run.StartedAt, StartedBy: run.StartedBy, Trigger: run.Trigger, PlanHash: run.PlanHash, Version: run.Version,
	}
}

// markOf is whose a failover's databases are.
func markOf(run recovery.Run) drill.RecoveryMark {
	return drill.RecoveryMark{Deployment: run.Deployment, Run: run.ID}
}

// Kinds of what the steps make, as the report names it.
const (
	ResourceParameter = "ssm:parameter"
	ResourceSecret    = "secretsmanager:secret"
	ResourceAlarm     = "cloudwatch:alarm"
)

// stateOf reads what the last call of this attempt left; nothing at the first.
func stateOf[S any](job Job) (S, error) {
	var state S
	if len(job.State) == 0 {
		return state, nil
	}
	if err := json.Unmarshal(job.State, &state); err != nil {
		return state, &drill.Error{Name: drill.InvalidInput, What: "the state of step " + job.Step.Node.ID + " is not understood", Err: err}
	}
	return state, nil
}

// againAt is a look at the moment given, with what is to be kept until then.
func againAt(state any, at time.Time, result *recovery.Result) (Progress, error) {
	text, err := json.Marshal(state)
	if err != nil {
		return Progress{}, fmt.Errorf("keeping the state of a step: %w", err)
	}
	at = at.UTC()
	return Progress{Next: Again, State: text, NextAt: &at, Result: result}, nil
}

func doneWith(result recovery.Result) (Progress, error) {
	return Progress{Next: Done, Result: &result}, nil
}

// leftUnproven ends a step of an exercise that shows nothing of it.
func leftUnproven(says, why string) (Progress, error) {
	return doneWith(recovery.Result{Says: says, Unproven: why})
}

// exercising tells of the mode; a run without one is an exercise.
func (j Job) exercising() bool { return j.Run.Mode != recovery.Failover }

// notFor is a step whose kind is none of the database's.
func notFor(job Job) error {
	return &drill.Error{
		Name: drill.InvalidInput, What: fmt.Sprintf("step %s names no database of the run", job.Step.Node.ID),
		Hint: "see that the plan and the functions are of one version of lifeboat",
	}
}
