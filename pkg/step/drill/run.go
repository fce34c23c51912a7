package drillstep

import (
	"context"
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

func find(facts []drill.Fact, kind drill.FactKind) *drill.Fact {
	for i := range facts {
		if facts[i].Kind == kind {
			return &facts[i]
		}
	}
	return nil
}
