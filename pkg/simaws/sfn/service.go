// Package sfn is the simulated Step Functions: the interface of the service,
// in front of a backend that runs the executions.
//
// The service checks what AWS checks before anything runs: names, inputs, ARNs,
// idempotency by name and input. It keeps no state of its own but the count of
// the names that it made up; what an execution is and has done, the backend
// says.
//
// https://docs.aws.amazon.com/step-functions/latest/apireference/Welcome.html
package sfn

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Backend runs executions. It is called while the cloud serves a call, so it
// must neither call the cloud itself nor let time pass: an execution takes its
// first step after Start has returned, for instance in a timer of zero.
type Backend interface {
	// Machine finds a state machine by its unqualified ARN.
	Machine(arn string) (Machine, bool)
	// Start begins an execution that the service has checked; none has its ARN.
	// Execution then shows the same Start, with the input byte for byte.
	Start(s Start) error
	// Execution tells what has become of one.
	Execution(arn string) (Execution, bool)
	// Executions are those of a state machine, by its unqualified ARN, in the
	// order of their starts.
	Executions(machineARN string) []Execution
	// History is the events so far, in order, in the form of the recorded
	// histories or of GetExecutionHistory: timestamps as texts or as seconds,
	// payloads decoded or as texts.
	History(executionARN string) ([]json.RawMessage, error)
	// Stop aborts a running execution. Both texts may be empty.
	Stop(executionARN, failure, cause string) error
	// The task that waits for a token gets its result. The error wraps
	// ErrTaskTimedOut, ErrInvalidToken or ErrTaskDoesNotExist.
	SendTaskSuccess(token string, output json.RawMessage) error
	SendTaskFailure(token, failure, cause string) error
	SendTaskHeartbeat(token string) error
}

// What a backend answers to a token that no task waits for.
var (
	// ErrTaskTimedOut: one did, and has ended or was given up.
	ErrTaskTimedOut = errors.New("the task of this token has ended")
	// ErrInvalidToken: there never was such a token.
	ErrInvalidToken = errors.New("no such token")
	// ErrTaskDoesNotExist: the activity of the task is gone.
	ErrTaskDoesNotExist = errors.New("the activity of this token does not exist")
)

// Machine is a state machine.
type Machine struct {
	ARN         string // unqualified
	Definition  string // of the newest revision
	Description string
	RoleARN     string
	RevisionID  string // empty: the first revision, which has none
	Logging     Logging
	Created     time.Time
	Versions    []Version
}

// Logging of a machine's executions.
type Logging struct {
	Level                string // "ALL", "ERROR", "FATAL"; "" or "OFF": none
	IncludeExecutionData bool
	Destinations         []string // ARNs of log groups
}

// Version is a published revision of a state machine. Its ARN is the machine's
// with ":" and the number.
type Version struct {
	Number      int
	Definition  string
	Description string
	Created     time.Time
}

// Start is an execution to be.
type Start struct {
	ARN        string
	MachineARN string // unqualified
	Version    int    // zero: the newest revision, published or not
	Name       string
	Input      json.RawMessage
	At         time.Time
}

// Status of an execution.
type Status string

const (
	Running   Status = "RUNNING"
	Succeeded Status = "SUCCEEDED"
	Failed    Status = "FAILED"
	TimedOut  Status = "TIMED_OUT"
	Aborted   Status = "ABORTED"
)

// Execution is what there is to tell of one.
type Execution struct {
	Start
	Status  Status
	Stopped time.Time       // zero while it runs
	Output  json.RawMessage // of one that succeeded
	Error   string          // of one that did not; may be empty
	Cause   string
}

// Service implements wire.Handler.
type Service struct {
	wire.JSON
	backend Backend
	named   int // executions that the service has named

	// Differ changes what TestState answers of a state: an AWS that is not as the
	// engine is. Nil: nothing differs.
	Differ func(state string, t *asl.Tried)
	// Diagnose adds to what validation finds in a definition; nil: nothing.
	Diagnose func(definition string) []Diagnostic
}

// New makes the service.
func New(backend Backend) *Service {
	s := &Service{backend: backend}
	s.JSON = wire.JSON{Version: "1.0", Operations: map[string]wire.Operation{
		"StartExecution":       wire.Op(s.start),
		"StopExecution":        wire.Op(s.stop),
		"DescribeExecution":    wire.Op(s.describe),
		"ListExecutions":       wire.Op(s.list),
		"GetExecutionHistory":  wire.Op(s.history),
		"DescribeStateMachine": wire.Op(s.machine),
		"SendTaskSuccess":      wire.Op(s.taskSuccess),
		"SendTaskFailure":      wire.Op(s.taskFailure),
		"SendTaskHeartbeat":    wire.Op(s.taskHeartbeat),

		"TestState":                      wire.Op(s.test),
		"ValidateStateMachineDefinition": wire.Op(s.validate),
	}}
	return s
}
