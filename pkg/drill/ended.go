package drill

import (
	"encoding/json"
	"time"
)

// Ended is an execution of the drill machine as Step Functions closed it.
type Ended struct {
	Execution string // ARN
	// Status is Step Functions' word: SUCCEEDED, FAILED, ABORTED, TIMED_OUT; RUNNING
	// of one that is not over. Empty: Step Functions knows of no such execution.
	Status    string
	StartedAt time.Time
	StoppedAt time.Time // zero while it runs
	Input     json.RawMessage
	Error     string // of one that did not succeed
	Cause     string
}

// Ending is the drill's own: one of the four; empty where the execution came to
// none of them.
func (e Ended) Ending() Ending {
	if e.Status == "SUCCEEDED" {
		return Passed
	}
	for _, ending := range endings {
		if e.Status == "FAILED" && e.Error == string(ending) {
			return ending
		}
	}
	return ""
}

// Closed tells whether it is over.
func (e Ended) Closed() bool {
	return e.Status != "" && e.Status != "RUNNING" && e.Status != "PENDING_REDRIVE"
}

// Recorded is what the evidence of an execution says of its drill.
type Recorded struct {
	Database string // workload/database
	Ending   Ending
	Cause    string
	Findings []Finding // the gravest first
	Location string
}

// Noticed is what is known of telling people about an execution.
type Noticed struct {
	Execution string
	State     NoticeState
	At        time.Time
	// CleanUp is the execution whose end was told in the same message; empty: none.
	CleanUp string
}

// Told tells whether people heard of an end at stopped. An execution that was
// redriven ends again, and what was sent before says nothing of that.
func (n Noticed) Told(stopped time.Time) bool {
	return n.State == NoticeSent && !n.At.Before(stopped)
}

// NoticeState is how far the telling came.
type NoticeState string

const (
	NoticeNone    NoticeState = ""        // nobody tried
	NoticeSending NoticeState = "sending" // somebody is about to, or was cut off
	NoticeFailed  NoticeState = "failed"  // nothing was sent: to be tried again
	NoticeSent    NoticeState = "sent"
)
