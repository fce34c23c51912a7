package world

import (
	"context"
	"errors"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

// Request starts a drill.
type Request struct {
	Database      string // "workload/database"
	StartedBy     string // "": whom the world takes for the caller
	Trigger       string // "manual", "schedule"
	ScheduledTime string // a second start for the same time ends harmlessly; "": none
	Keep          bool   // leave the restored copy
	// DeployedPlan drills with the plan that is deployed, even if it is not the
	// caller's. Where nothing is deployed it says nothing.
	DeployedPlan bool
	// Observe is told what happens, from several goroutines; nil: nobody watches.
	Observe func(Event)
}

// Outcome is what became of a drill.
type Outcome struct {
	// ExecutionID is the ARN of the execution that came to this ending.
	ExecutionID string
	// Ending is "" where no drill took place, and Duplicate says so: the
	// scheduled time had been claimed before. An execution that came to none of
	// the endings has "" as well; Error and Cause say why.
	Ending    drill.Ending
	Duplicate bool
	Error     string // of the execution; that of an ending is its name
	Cause     string
	// Refused is the error of a drill that was refused at once: UnknownDatabase,
	// PlanMismatch, SlotBusy. "" where it was not, or the world does not tell.
	Refused drill.ErrorName
	// Document is nil where no evidence was recorded.
	Document *drillevidence.Document
	Evidence string // where the document lies
	Report   string // where its page lies; "" where there is none
	// Connect tells how to reach and remove a copy that was kept.
	Connect string
	// Aborted is set where the drill was stopped from outside; the ending is
	// that of the clean-up.
	Aborted bool
	// Hint says what to do where there is no evidence.
	Hint string
}

// NotFollowed says that a drill goes on and nobody watches it any more: the
// caller's context ended, and the world runs its drills without the caller.
type NotFollowed struct {
	ExecutionID string
	Hint        string // how to watch or stop it
	Err         error  // of the context, or why it could not be looked at
}

func (n *NotFollowed) Error() string {
	text := "not followed any more: it goes on in AWS"
	if n.Err == nil || errors.Is(n.Err, context.Canceled) {
		return text
	}
	return text + ": " + n.Err.Error()
}

func (n *NotFollowed) Unwrap() error { return n.Err }
