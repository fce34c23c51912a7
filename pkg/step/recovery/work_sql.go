package recoverystep

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// WorkSQLCheck puts checks to a database that the run recovered, from the network
// that reaches it: a copy from the isolated one, a target from the one that the plan
// names. All are put; then it fails if one did not pass. While the database lets
// nobody in yet it is asked again, until the step's time is up.
type WorkSQLCheck struct{}

// sqlState is what is kept between two looks.
type sqlState struct {
	Next   int    `json:"next"`   // number of the check that is to be put
	Cursor string `json:"cursor"` // where an unfinished one goes on
	// Checks that were put so far.
	Checks []recovery.CheckResult `json:"checks,omitempty"`
	// Trouble is why nobody was let in at the last look.
	Trouble string `json:"trouble,omitempty"`
	// Ended: all were put.
	Ended bool `json:"ended,omitempty"`
}

const askAgain = 15 * time.Second

// Do implements Work. Errors: ChecksFailed, ValidationImpossible.
func (w WorkSQLCheck) Do(_ context.Context, job Job) (Progress, error) {
	recovered := job.Recovered()
	switch {
	case recovered == nil:
		return Progress{}, &drill.Error{
			Name: drill.ValidationImpossible, What: fmt.Sprintf("step %s: this run recovered no database %s", job.Step.Node.ID, job.Step.Spec.Database),
			Hint: "the step that recovers it was skipped: check by hand, and skip this one too",
		}
	case recovered.Endpoint == nil && job.exercising() && recovered.Unproven != "":
		return leftUnproven("no check was put", "the exercise made no database "+job.Step.Spec.Database+" that could be asked: "+recovered.Unproven)
	case recovered.Endpoint == nil:
		return Progress{}, &drill.Error{Name: drill.ValidationImpossible, What: fmt.Sprintf("step %s: nobody knows where %s answers", job.Step.Node.ID, job.Step.Spec.Database)}
	case job.Database == nil:
		return Progress{}, notFor(job)
	}
	state, answered, err := sqlStateOf(job)
	if err != nil {
		return Progress{}, err
	}
	if answered != nil {
		return w.heard(job, state, *answered)
	}
	if state.Ended {
		return w.end(job, state)
	}
	return w.ask(job, state, *recovered.Endpoint)
}

// sqlStateOf is the state that a look left, or the answer and what was left when it
// was asked for.
func sqlStateOf(job Job) (state sqlState, answered *Answered, err error) {
	both, err := stateOf[struct {
		sqlState
		Answered
	}](job)
	if err != nil {
		return sqlState{}, nil, err
	}
	if both.Answer == nil && both.Error == "" {
		return both.sqlState, nil, nil
	}
	if len(both.Before) > 0 {
		err = json.Unmarshal(both.Before, &state)
	}
	return state, &both.Answered, err
}

func (w WorkSQLCheck) ask(job Job, state sqlState, at recovery.Access) (Progress, error) {
	checks, err := checksOf(job)
	if err != nil {
		return Progress{}, err
	}
	spec := job.Database.Drill
	question := Question{
		Run: job.Run.ID, Step: job.Step.Node.ID, StartedAt: job.Run.StartedAt,
		Spec: drill.Spec{
			Deployment: spec.Deployment, Workload: spec.Workload, Database: spec.Database, Kind: spec.Kind,
			Limits: spec.Limits, Place: drill.Place{PrimaryRegion: spec.Place.PrimaryRegion, RecoveryRegion: spec.Place.RecoveryRegion},
			Checks: checks,
		},
		Access: drill.Access{Endpoint: drill.Endpoint{Engine: at.Engine, Host: at.Host, Port: at.Port, Database: at.Database}, User: at.User, Secret: at.Secret},
		Next:   state.Next, Cursor: state.Cursor,
	}
	payload, err := json.Marshal(question)
	if err != nil {
		return Progress{}, fmt.Errorf("writing a question down: %w", err)
	}
	kept, err := json.Marshal(state)
	if err != nil {
		return Progress{}, fmt.Errorf("keeping the state of a step: %w", err)
	}
	p := Progress{Next: AskThere, State: kept, Payload: payload, Result: state.soFar()}
	if job.exercising() {
		p.Next = AskCopy
	}
	return p, nil
}

// checksOf are those that the plan had when the run began.
func checksOf(job Job) (checks []drill.Check, err error) {
	if err := json.Unmarshal([]byte(job.Step.Spec.Checks), &checks); err != nil || len(checks) == 0 {
		return nil, &drill.Error{Name: drill.InvalidInput, What: "step " + job.Step.Node.ID + " has no checks", Err: err, Hint: "see that the plan and the functions are of one version of lifeboat"}
	}
	return checks, nil
}

// heard takes in an answer, or that there was none.
func (w WorkSQLCheck) heard(job Job, state sqlState, answered Answered) (Progress, error) {
	if answered.Error != "" {
		if drill.ErrorName(answered.Error) != drill.NotReady {
			return Progress{}, &drill.Error{
				Name: drill.ValidationImpossible, What: fmt.Sprintf("step %s: %s could not be asked: %s%s", job.Step.Node.ID, job.Step.Spec.Database, answered.Error, after(cut(answered.Cause))),
				Hint: "see that the asking function reaches the database, and that its login is valid; then retry the step",
			}
		}
		answered.Answer = json.RawMessage(`{"notReady":"not yet"}`)
	}
	var answer Answer
	if err := json.Unmarshal(answered.Answer, &answer); err != nil {
		return Progress{}, &drill.Error{Name: drill.InvalidInput, What: "the answer for step " + job.Step.Node.ID + " is not understood", Err: err}
	}
	state.Checks = append(state.Checks, answer.Checks...)
	state.Next, state.Cursor, state.Trouble, state.Ended = answer.Next, answer.Cursor, answer.NotReady, answer.Done
	if state.Trouble == "" {
		// At once; and when all were put, with the results in the record before it fails.
		return againAt(state, job.Now, state.soFar())
	}
	next := job.Now.Add(askAgain)
	if end := job.endsAt(); !end.IsZero() && !next.Before(end) {
		return Progress{}, &drill.Error{
			Name: drill.ValidationImpossible, What: fmt.Sprintf("step %s: %s lets nobody in, for %s: %s", job.Step.Node.ID, job.Step.Spec.Database, drill.Seconds(job.Step.Spec.TimeoutSeconds), state.Trouble),
			Hint: "look at the database and at its login; then retry the step",
		}
	}
	return againAt(state, next, state.soFar())
}

func (w WorkSQLCheck) end(job Job, state sqlState) (Progress, error) {
	var failed []string
	for _, c := range state.Checks {
		if !c.Passed && !c.NotPut {
			failed = append(failed, fmt.Sprintf("%q: %s", c.Name, c.Says))
		}
	}
	if failed != nil {
		return Progress{}, &drill.Error{
			Name: drill.ChecksFailed, What: fmt.Sprintf("%d of %d checks of %s did not pass: %s", len(failed), len(state.Checks), job.Step.Spec.Database, strings.Join(failed, "; ")),
			Hint: "look at the recovered data before the application does; a retry puts the checks again",
		}
	}
	return doneWith(*state.soFar())
}

func (s sqlState) soFar() *recovery.Result {
	passed := 0
	for _, c := range s.Checks {
		if c.Passed {
			passed++
		}
	}
	says := fmt.Sprintf("%d of %d checks passed", passed, len(s.Checks))
	switch {
	case len(s.Checks) == 0:
		says = cmp.Or(s.Trouble, "no check was put yet")
	case len(s.Checks) == 1:
		says = s.Checks[0].Name + ": " + s.Checks[0].Says
	}
	return &recovery.Result{Says: says, Checks: s.Checks, Unproven: Unput(s.Checks)}
}
