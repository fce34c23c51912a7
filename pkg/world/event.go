package world

import (
	"time"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

// EventKind is what happened.
type EventKind string

// What observers of a drill are told.
const (
	Started  EventKind = "started"  // once, before all others: At, Started
	Entered  EventKind = "entered"  // a state was entered: At, State
	Left     EventKind = "left"     // a state was left: At, State
	Failed   EventKind = "failed"   // a task failed, and may be tried again: At, Error
	Advanced EventKind = "advanced" // a check has got so far; no At: Check, Done, Total
)

// Event is something that happens in a drill. Its time is the world's, which
// may be told of late: an execution on AWS is looked at now and then.
type Event struct {
	Kind  EventKind
	At    time.Time
	State string
	Error string // the name of the error
	Check string
	Done  int // of Total objects that the check looks at
	Total int
	// Started of the event of that kind; nil in others.
	Started *Start
}

// Start is a drill at its beginning.
type Start struct {
	// ExecutionID is "" where nobody can look the execution up.
	ExecutionID string
	Region      string // where it runs; "" on this machine
	// Expected is what past runs let expect; no runs where the world does not say.
	Expected drillevidence.Expected
}
