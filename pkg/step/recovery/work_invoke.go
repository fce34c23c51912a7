package recoverystep

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// WorkInvoke has the machine call the team's own function. It is called at least
// once, and may be called again for the same attempt, so it must stand that. It
// fails by an error, or by the answer {"passed": false, "reason": "..."}; any other
// answer is success, and its reason is kept.
type WorkInvoke struct{}

// Told is what the team's function, or command, is told. Its members are API.
type Told struct {
	Run      string        `json:"run"`
	Mode     recovery.Mode `json:"mode"`
	Workload string        `json:"workload"`
	Step     string        `json:"step"` // id
	Attempt  int           `json:"attempt"`
	// Databases that were recovered so far, by "workload/database": in an exercise
	// they are throwaways in an isolated network.
	Databases map[string]recovery.Access `json:"databases"`
	// Payload is the step's own, of the plan.
	Payload json.RawMessage `json:"payload,omitempty"`
}

// ToldOf is what is told of a job.
func ToldOf(job Job) Told {
	told := Told{
		Run: job.Run.ID, Mode: job.Run.Mode, Workload: job.Step.Spec.Workload, Step: job.Step.Node.ID, Attempt: job.Step.Status.Attempt,
		Databases: map[string]recovery.Access{},
	}
	if job.Step.Spec.Payload != "" {
		told.Payload = json.RawMessage(job.Step.Spec.Payload)
	}
	for _, s := range job.Steps {
		recovers := s.Node.Kind == recovery.Restore || s.Node.Kind == recovery.PromoteReplica
		if recovers && s.Status.State == recovery.Succeeded && s.Status.Result != nil && s.Status.Result.Endpoint != nil {
			told.Databases[s.Spec.Database] = *s.Status.Result.Endpoint
		}
	}
	return told
}

// Do implements Work. Errors: InvokeFailed.
func (WorkInvoke) Do(_ context.Context, job Job) (Progress, error) {
	function := job.Step.Spec.Function
	answered, err := stateOf[*Answered](job)
	if err != nil {
		return Progress{}, err
	}
	if answered == nil {
		payload, err := json.Marshal(ToldOf(job))
		if err != nil {
			return Progress{}, &drill.Error{Name: drill.InvalidInput, What: "the payload of step " + job.Step.Node.ID + " is no JSON", Err: err}
		}
		return Progress{Next: Call, Function: function, Payload: payload}, nil
	}
	failed := func(why string) (Progress, error) {
		return Progress{}, &drill.Error{
			Name: drill.InvokeFailed, What: fmt.Sprintf("the function %s: %s", function, why),
			Hint: "its own log says more; retry the step when it is mended, or skip it",
		}
	}
	if answered.Error != "" {
		return failed(answered.Error)
	}
	var verdict struct {
		Passed *bool  `json:"passed"`
		Reason string `json:"reason"`
	}
	// An answer may be anything: what is no object says nothing.
	_ = json.Unmarshal(answered.Answer, &verdict)
	reason := cut(verdict.Reason)
	if verdict.Passed != nil && !*verdict.Passed {
		return failed("it says that it did not pass" + after(reason))
	}
	return doneWith(recovery.Result{Says: "the function " + function + " was called" + after(reason)})
}

const maxReason = 200 // bytes: it is the team's own text

func cut(text string) string { return text[:min(len(text), maxReason)] }

func after(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}
