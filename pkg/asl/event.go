package asl

import (
	"encoding/json"
	"time"
)

// Event is one entry of an execution's history, with the types and fields of
// AWS Step Functions (GetExecutionHistory). docs/engine.md lists them.
type Event struct {
	ID              int64
	PreviousEventID int64
	Type            string
	Timestamp       time.Time
	details         string // the name of the field that holds Details; "" for none
	Details         map[string]any
}

// payload is an input, an output or a variable. In a history it is text; here,
// as in the recorded ones, an object stands decoded.
type payload json.RawMessage

func (p payload) MarshalJSON() ([]byte, error) {
	if len(p) > 0 && p[0] == '{' {
		return p, nil
	}
	return quote(string(p)), nil
}

// MarshalJSON writes the event in the form of the recorded histories.
func (e Event) MarshalJSON() ([]byte, error) {
	out := map[string]any{
		"id": e.ID, "previousEventId": e.PreviousEventID, "type": e.Type,
		"timestamp": e.Timestamp.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
	if e.details != "" {
		out[e.details] = e.Details
	}
	return marshal(out)
}

// StateName is the state that the event enters or leaves; "" for others.
func (e Event) StateName() string {
	if e.details != "stateEnteredEventDetails" && e.details != "stateExitedEventDetails" {
		return ""
	}
	name, _ := e.Details["name"].(string)
	return name
}

// IsEntered reports whether the event enters a state.
func (e Event) IsEntered() bool { return e.details == "stateEnteredEventDetails" }

// IsExited reports whether the event leaves a state.
func (e Event) IsExited() bool { return e.details == "stateExitedEventDetails" }

// Failure is the error and the cause that an event carries, for instance
// TaskFailed; "" where it carries none.
func (e Event) Failure() (name, cause string) {
	name, _ = e.Details["error"].(string)
	cause, _ = e.Details["cause"].(string)
	return name, cause
}

var notTruncated = map[string]bool{"truncated": false}

// withPayload adds a payload and the field that says it is complete.
func withPayload(details map[string]any, field string, value json.RawMessage) map[string]any {
	details[field] = payload(value)
	details[field+"Details"] = notTruncated
	return details
}

// withFailure adds error and cause, each where there is one.
func withFailure(details map[string]any, failure *Failure) map[string]any {
	if failure.Error != "" {
		details["error"] = failure.Error
	}
	if failure.Cause != "" {
		details["cause"] = failure.Cause
	}
	return details
}
