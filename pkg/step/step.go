// Package step says what each Task of the state machines does: one file per
// state, its narrow interfaces beside it.
//
// Every step is Handle(ctx, In) (Out, error). It may be called again with the
// same input, after a crash or a lost answer, and then finds what the earlier
// call did: names follow from the execution, and the run record says what was
// chosen and checked. It never waits: the machine does. A failed step leaves
// at most the throwaway that Cleanup removes by its name.
//
// Steps know neither AWS nor PostgreSQL: the worlds give them adapters.
package step

import (
	"context"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Execution is what the states pass on from the context object.
type Execution struct {
	ID        string    `json:"id"`        // the execution's ARN
	StartedAt time.Time `json:"startedAt"` // zero of the RTO
}

// Scope is what every state after the drill's work gets. Run and Spec are nil
// where ClaimSlot failed: then nothing was created.
type Scope struct {
	Execution Execution   `json:"execution"`
	Run       *drill.Run  `json:"run"`
	Spec      *drill.Spec `json:"spec"`
}

// run is the run that the state works for: the claimed or adopted one, else
// the shell of one that was never claimed.
func (s Scope) run() drill.Run {
	if s.Run != nil {
		return *s.Run
	}
	return drill.Run{ID: drill.RunID(s.Execution.ID), ExecutionID: s.Execution.ID, StartedAt: s.Execution.StartedAt}
}

// limits are the drill's, or those of the cloud where it was never claimed.
func (s Scope) limits() drill.Limits {
	if s.Spec != nil {
		return s.Spec.Limits
	}
	return drill.Limits{}
}

// Journal is the run record: facts in the order in which they were appended,
// one list per run. A fact may be there twice.
type Journal interface {
	Append(ctx context.Context, runID string, fact drill.Fact) error
	// Facts of a run without a record are empty, which is no error.
	Facts(ctx context.Context, runID string) ([]drill.Fact, error)
}

// Clock tells the time, in UTC.
type Clock interface{ Now() time.Time }

// Poll paces a wait that the machine does between two calls of a step.
type Poll struct {
	StartedAt time.Time `json:"startedAt"`
	NextAt    string    `json:"nextAt"` // for the Wait's Timestamp; see timestamp
	// WaitSeconds is the time until NextAt in whole seconds where an event may
	// end the wait; zero: it is a plain wait.
	WaitSeconds int `json:"waitSeconds"`
	// Chase is how many quick looks are left after an event: what AWS describes
	// may be stale for a few seconds after the event.
	Chase int `json:"chase,omitempty"`
	// LastNoAt is the last look that said "not yet".
	LastNoAt time.Time `json:"lastNoAt,omitzero"`
	Status   string    `json:"status,omitempty"` // the provider's word at that look
}

// timestamp is the form that a Wait takes: UTC, rounded up, since a wait that
// ended before its moment would be asked for again and again. Step Functions
// cuts off what is below a second; on this machine microseconds make waits of a
// few milliseconds possible.
// https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
func timestamp(l drill.Limits, t time.Time) string {
	step, form := time.Second, "2006-01-02T15:04:05Z"
	if l.LocalPace() {
		step, form = time.Microsecond, "2006-01-02T15:04:05.000000Z"
	}
	return t.Add(step - 1).Truncate(step).UTC().Format(form)
}

func find(facts []drill.Fact, kind drill.FactKind) *drill.Fact {
	for i := range facts {
		if facts[i].Kind == kind {
			return &facts[i]
		}
	}
	return nil
}

// named gives err the name, unless it already has one.
func named(name drill.ErrorName, err error, format string, args ...any) error {
	if drill.NameOf(err) != "" {
		return err
	}
	return &drill.Error{Name: name, What: fmt.Sprintf(format, args...), Err: err}
}
