package asl

import (
	"encoding/json"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl/jsonata"
)

// Machine is a checked state machine. It is immutable and may run any number
// of executions at once.
type Machine struct {
	scope          *stateScope
	comment        string
	timeoutSeconds float64 // 0: none
}

// stateScope is one set of states: of the machine, of a branch, of an item
// processor.
type stateScope struct {
	startAt string
	order   []string // as they stand in the definition
	states  map[string]*state
}

type stateType string

const (
	typeTask     stateType = "Task"
	typePass     stateType = "Pass"
	typeChoice   stateType = "Choice"
	typeWait     stateType = "Wait"
	typeParallel stateType = "Parallel"
	typeMap      stateType = "Map"
	typeSucceed  stateType = "Succeed"
	typeFail     stateType = "Fail"
)

// state holds what its type needs; the loader leaves the rest empty.
type state struct {
	name    string
	kind    stateType
	comment string
	next    string
	end     bool

	output *template // nil: the result, or the input where there is none
	assign *template
	retry  []retrier
	catch  []catcher

	assigned        []assignedName // by the state itself and its choices
	assignedByCatch []assignedName

	arguments *template // Task, Parallel
	task      *resource
	timeout   *value // seconds
	heartbeat *value // seconds

	choices  []choice
	fallback string // Default of a Choice; "" for none

	waitSeconds   *value
	waitTimestamp *value

	branches []*stateScope

	items               *template
	itemsSource         string
	itemSelector        *template
	processor           *stateScope
	maxConcurrency      *value
	toleratedCount      *value
	toleratedPercentage *value

	errorName *value // Fail
	cause     *value
}

// value is a field that is either a literal or one expression.
type value struct {
	literal json.RawMessage
	expr    *jsonata.Expression
	source  string
}

type choice struct {
	condition *value
	next      string
	output    *template
	assign    *template
}

type retrier struct {
	errors      []string
	interval    time.Duration // default 1 s
	backoff     float64       // default 2
	maxDelay    time.Duration // 0: none
	maxAttempts int           // default 3
	jitter      bool          // FULL: anything between 0 and the interval
}

type catcher struct {
	errors []string
	next   string
	output *template
	assign *template
}

// resource is the Resource of a Task, taken apart.
type resource struct {
	arn          string
	resourceType string // "lambda", "aws-sdk:rds"; "" for a function's own ARN
	action       string // "invoke", "invoke.waitForTaskToken"
	token        bool   // waits for SendTaskSuccess or SendTaskFailure
}
