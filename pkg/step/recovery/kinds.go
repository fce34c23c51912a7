package recoverystep

import (
	"context"
	"encoding/json"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Work is one look at, or one push of, a step: it never waits. It may be called
// again with the same Job, after a crash or a lost answer, and then finds what the
// earlier call did.
type Work interface {
	Do(ctx context.Context, job Job) (Progress, error)
}

// Job is what a Work is told.
type Job struct {
	Run      recovery.Run
	Step     recovery.Record
	Database *Database // of the step, where its kind has one
	// Databases are those that Spec.Databases names: of validate.
	Databases []Database
	// Steps of the whole run, for what others recovered: see Recovered.
	Steps []recovery.Record
	// State is what the last call of this attempt left: nil at the first.
	State json.RawMessage
	Now   time.Time
}

// Recovered is where the run recovered the database of the job: the Result of the
// restore or promotion that succeeded; nil: of none.
func (j Job) Recovered() *recovery.Result {
	for _, s := range j.Steps {
		is := s.Node.Kind == recovery.Restore || s.Node.Kind == recovery.PromoteReplica
		if is && s.Spec.Database == j.Step.Spec.Database && s.Status.State == recovery.Succeeded {
			return s.Status.Result
		}
	}
	return nil
}

// Next is what the child machine does after a call.
type Next string

const (
	Done     Next = "done"            // Result is whole
	Again    Next = "wait"            // look again at NextAt
	Call     Next = "invoke"          // the team's function, with Payload; its answer comes back as State {"answer": ...}
	AskCopy  Next = "query-copy"      // from the isolated network; likewise
	AskThere Next = "query-recovered" // from the network that the plan names; likewise
)

// Progress of a step.
type Progress struct {
	Next   Next             `json:"next"`
	State  json.RawMessage  `json:"state,omitempty"`  // for the next call
	NextAt *time.Time       `json:"nextAt,omitempty"` // of Again
	Result *recovery.Result `json:"result,omitempty"` // so far; whole with Done
	// Function and Payload of Call; Payload also of the queries.
	Function string          `json:"function,omitempty"`
	Payload  json.RawMessage `json:"payload,omitempty"`
}

// Works are one for each kind of step.
type Works map[recovery.Kind]Work
