package world

import (
	"context"
	"encoding/json"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Recoverer is a world in which workloads are recovered.
type Recoverer interface {
	Recoveries
	// Recover runs one recovery to its end and says what became of it. The error says
	// that it could not be run, or not be followed (NotFollowed); one that failed is a
	// RecoveryOutcome.
	Recover(ctx context.Context, r RecoverRequest) (*RecoveryOutcome, error)
	// Resume takes on a run that is not over and that nobody works on any more. Of one
	// that is over only the report may be missing, which it writes. Errors: ErrNoRun,
	// RecoveryRunning.
	Resume(ctx context.Context, r ResumeRequest) (*RecoveryOutcome, error)
	// Decide records what a person decided, and has it take effect. The error says what
	// could be decided instead: InvalidInput.
	Decide(ctx context.Context, run string, d recovery.Decision) error
}

// Recoveries are what a world remembers of them.
type Recoveries interface {
	// Recovery is how one stands; "": the newest. Errors: recovery.ErrNoRun.
	Recovery(ctx context.Context, run string) (Recovery, error)
	// Recoveries are the newest, newest first; at most so many, all with 0.
	Recoveries(ctx context.Context, atMost int) ([]recovery.Run, error)
}

// RecoverRequest starts a recovery.
type RecoverRequest struct {
	Workload  string        // "": all that declare one
	Mode      recovery.Mode // "": Exercise
	Confirm   string        // the name of the deployment; a failover is refused without it
	StartedBy string        // "": whom the world takes for the caller
	Trigger   string        // "manual", "schedule"
	// DeployedPlan recovers with the plan that is deployed, even if it is not the
	// caller's. Where nothing is deployed it says nothing.
	DeployedPlan bool
	// Observe is told how it stands whenever that has changed, and at least every few
	// seconds, from one goroutine; nil: nobody watches.
	Observe func(Recovery)
}

// ResumeRequest takes a run on.
type ResumeRequest struct {
	Run string
	// Abort begins nothing any more: what an exercise made is removed, and reported.
	Abort bool
	// Observe as that of RecoverRequest.
	Observe func(Recovery)
}

// Recovery is how a recovery stands: its record.
type Recovery struct {
	Run   recovery.Run      `json:"run"`
	Steps []recovery.Record `json:"steps"` // in the order of the plan
	// Seen is when it was looked at, by the world's clock.
	Seen time.Time `json:"seen"`
	// CutOff: it is not over, and nobody works on it: it has to be resumed. Only this
	// machine knows.
	CutOff bool `json:"cutOff,omitempty"`
}

// MarshalJSON writes it as it may be told: no query of a URL, no token.
func (r Recovery) MarshalJSON() ([]byte, error) {
	type plain Recovery
	r.Run, r.Steps = r.Run.Shown(), recovery.ShownSteps(r.Steps)
	return json.Marshal(plain(r))
}

// RecoveryOutcome is what became of a recovery.
type RecoveryOutcome struct {
	// Recovery as it stands at the end; its Run.Ending is that of the report. nil where
	// none began, and Cause says why.
	Recovery *Recovery
	// Ending is "" where the parent came to none of the endings; Error and Cause say
	// why.
	Ending drill.Ending
	// Other is why there is no ending and nothing is wrong: "Duplicate", "Superseded",
	// "HandedOver".
	Other string
	Error string // of the parent execution; that of an ending is its name
	Cause string
	// Document is nil where no evidence was recorded.
	Document *recoveryevidence.Document
	Evidence string // where the document lies
	Report   string // where its page lies; "" where there is none
	Hint     string // what to do where there is no ending
}

// RecoveryRunning is the name of the error of a run that somebody works on.
const RecoveryRunning drill.ErrorName = "RecoveryRunning"

// RecoveryCutOff is the name of the error of a run that is not over and that nobody
// works on: what it made may be there.
const RecoveryCutOff drill.ErrorName = "RecoveryCutOff"

// RecoveryLost is the name of the error of a run whose record disappeared under it. What
// it made is removed.
const RecoveryLost drill.ErrorName = "RecoveryLost"
