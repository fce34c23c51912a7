package seen

import "encoding/json"

// Machine of Step Functions, as it is deployed.
type Machine struct {
	ARN, Role  string
	Definition string
	LogLevel   string // "ALL", "ERROR", "FATAL", "OFF"
	LogData    bool   // with inputs and outputs
	LogGroups  []string
}

// Diagnostic is what Step Functions says of a definition.
type Diagnostic struct {
	Error                   bool // else it is a warning
	Code, Message, Location string
}

// Try is one attempt of one state that Step Functions is asked to make.
type Try struct {
	Definition, State string
	Input             json.RawMessage
	Variables         json.RawMessage // an object; nil: none
	// Context is the context object. It is told with a mock only.
	Context json.RawMessage
	// Role that Step Functions assumes where there is no mock; "" where there is one.
	Role string
	// Result, or Error with Cause, are mocked; without both nothing is.
	Result   json.RawMessage
	Error    string
	Cause    string
	CausedBy string // the state in which the mocked error of a Parallel or a Map began
	// Retries that the Retry of the mocked error has made.
	Retries int
}

// Mocked is whether something is.
func (t Try) Mocked() bool { return t.Result != nil || t.Error != "" }

// Tried is what Step Functions says came of it.
type Tried struct {
	Status    string // "SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR"
	Next      string
	Output    json.RawMessage
	Error     string
	Cause     string
	Variables json.RawMessage // nil: it said nothing of them
}
