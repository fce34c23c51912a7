package asl

import (
	"context"
	"encoding/json"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// Options say how to run an execution. Only Tasks is needed by most.
type Options struct {
	// Input is one JSON document; empty means {}.
	Input json.RawMessage
	// Name of the execution; default "execution".
	Name string
	// ARN of the execution; made from Name where empty.
	ARN string
	// StateMachineARN and RoleARN are shown in the context object and in the
	// history; both have a local default.
	StateMachineARN string
	RoleARN         string
	// Clock is the wall clock where nil.
	Clock clock.Clock
	// Seed of everything random: $random, $uuid, the jitter of retries.
	Seed int64
	// Tasks runs the Task states; nil for a machine without any.
	Tasks TaskHandler
	// Observe is called with each event as it is recorded, in order. It must
	// not block.
	Observe func(Event)
	// Visited is called with each attempt of a state as it ends, before the state is
	// left. It must not block.
	Visited func(Visit)
}

// TaskHandler does the work of Task states.
type TaskHandler interface {
	// Handle runs one task to its end and returns its result as JSON. A
	// *TaskError names the error for Retry and Catch; any other error becomes
	// States.TaskFailed. The context ends when nobody waits for the result any
	// more. For a task with a token the result is that of handing the token
	// over; the task's own result comes by SendTaskSuccess.
	Handle(ctx context.Context, task Task) (json.RawMessage, error)
}

// TaskFunc is a function as a TaskHandler.
type TaskFunc func(ctx context.Context, task Task) (json.RawMessage, error)

// Handle calls f.
func (f TaskFunc) Handle(ctx context.Context, task Task) (json.RawMessage, error) {
	return f(ctx, task)
}

// Task is one attempt of a Task state.
type Task struct {
	Resource  string          // as in the definition
	State     string          // name of the state
	Attempt   int             // 0 for the first
	Arguments json.RawMessage // evaluated
	Token     string          // "" where the task waits for none
	Timeout   time.Duration   // 0: none
}

// TaskError is a task's failure by name.
type TaskError struct{ Name, Cause string }

func (e *TaskError) Error() string { return e.Name + ": " + e.Cause }

// Status of an execution.
type Status string

const (
	Running   Status = "RUNNING"
	Succeeded Status = "SUCCEEDED"
	Failed    Status = "FAILED"
	TimedOut  Status = "TIMED_OUT"
	Aborted   Status = "ABORTED"
)

// Result is what became of an execution.
type Result struct {
	Status      Status
	Output      json.RawMessage // of one that succeeded
	Error       string          // of one that did not
	Cause       string
	Events      []Event
	Transitions int // states entered, and retries: what AWS charges for
}

// Failure is an error by name with its cause.
type Failure struct{ Error, Cause string }

const (
	maxPayloadBytes  = 256 << 10 // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
	maxHistoryEvents = 25000     // the same page
	localRegion      = "local"
)

func (o Options) withDefaults() Options {
	if len(o.Input) == 0 {
		o.Input = json.RawMessage("{}")
	}
	if o.Name == "" {
		o.Name = "execution"
	}
	if o.StateMachineARN == "" {
		o.StateMachineARN = "arn:aws:states:" + localRegion + ":000000000000:stateMachine:machine"
	}
	if o.ARN == "" {
		o.ARN = "arn:aws:states:" + localRegion + ":000000000000:execution:machine:" + o.Name
	}
	if o.RoleARN == "" {
		o.RoleARN = "arn:aws:iam::000000000000:role/local"
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	return o
}
