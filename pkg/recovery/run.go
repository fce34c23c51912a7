package recovery

import "time"

// Mode of a run.
type Mode string

const (
	// Exercise makes throwaways in the isolated network, and removes them at its end.
	Exercise Mode = "exercise"
	// Failover makes what the plan names as the targets.
	Failover Mode = "failover"
)

// Run is the head of a run's record: what does not belong to one step. Every
// write of it names the Revision that it was made of.
type Run struct {
	ID         string     `json:"id"` // name of the first parent execution
	Deployment string     `json:"deployment"`
	Mode       Mode       `json:"mode"`
	Workloads  []Workload `json:"workloads"`
	StartedAt  time.Time  `json:"startedAt"`
	StartedBy  string     `json:"startedBy,omitempty"` // "": nobody told, as from the console
	Trigger    string     `json:"trigger,omitempty"`   // "manual", "schedule"
	PlanHash   string     `json:"planHash"`
	Version    string     `json:"version"` // of lifeboat
	// DecisionSeconds is how long a recovery in which something failed waits for a
	// decision, once nothing else is to be done.
	DecisionSeconds float64 `json:"decisionSeconds"`
	// First is the ARN of the first parent execution: throwaways are tagged with it.
	First string `json:"first"`

	Revision int `json:"revision"`
	// Epoch counts the parents: only that of the newest does anything.
	Epoch     int    `json:"epoch"`
	Execution string `json:"execution"` // ARN of the parent of this epoch
	// Token is what the parent waits with; "": it does not wait.
	Token     string     `json:"token,omitempty"`
	Decisions []Decision `json:"decisions,omitempty"`
	// DecideBy is until when a decision is waited for; nil: nothing is to be decided.
	DecideBy *time.Time `json:"decideBy,omitempty"`
	// OverAt is since when nothing of the steps changes any more; nil: it is not over.
	OverAt *time.Time `json:"overAt,omitempty"`
	// ReportedAt is when the evidence was written, and the throwaways were gone.
	ReportedAt *time.Time `json:"reportedAt,omitempty"`
	Ending     string     `json:"ending,omitempty"` // see drill.Ending
	// GaveWay is the failover that had the workload when this one wanted it: this one
	// was over before it began, and there is no evidence of it. "": it did not.
	GaveWay string `json:"gaveWay,omitempty"`
}

// Workload is what a run recovers, with its targets. Zero: none was declared.
type Workload struct {
	Name       string  `json:"name"`
	Owner      string  `json:"owner,omitempty"`
	RTOSeconds float64 `json:"rtoSeconds,omitempty"`
	RPOSeconds float64 `json:"rpoSeconds,omitempty"`
	// What a recovery cannot measure: declared, never measured.
	DetectionSeconds float64 `json:"detectionSeconds,omitempty"`
	AllowedSeconds   float64 `json:"allowedSeconds,omitempty"` // decision
	DNSSeconds       float64 `json:"dnsSeconds,omitempty"`
}

// Choice is what a person can decide.
type Choice string

const (
	Retry Choice = "retry" // a failed step, once more
	Skip  Choice = "skip"  // go on as if it had succeeded
	Abort Choice = "abort" // begin nothing any more
)

// Decision of a person. It is in the record before it has any effect.
type Decision struct {
	Choice Choice    `json:"choice"`
	Step   string    `json:"step,omitempty"`    // id; "" for abort
	Try    int       `json:"attempt,omitempty"` // the attempt that it is about
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Record is the record of one step: what it was to do, frozen at the start of the
// run, and how it stands. Every write names the Revision that it was made of.
type Record struct {
	Number   int    `json:"number"` // from 1, in the order of the plan
	Node     Node   `json:"node"`
	Spec     Spec   `json:"spec"`
	Status   Status `json:"status"`
	Revision int    `json:"revision"`
}

// Spec is what a step does, complete with defaults. Which fields are set its kind
// says.
type Spec struct {
	Workload       string  `json:"workload"`
	TimeoutSeconds float64 `json:"timeoutSeconds"`     // of one attempt
	Database       string  `json:"database,omitempty"` // "workload/database"
	// NotInExercise leaves it out there, and says so.
	NotInExercise bool `json:"notInExercise,omitempty"`

	Databases []string `json:"databases,omitempty"` // validate: those that the run recovers
	Stacks    []string `json:"stacks,omitempty"`    // validate: names, in the recovery region
	Secrets   []string `json:"secrets,omitempty"`   // validate: names or ARNs
	Images    []string `json:"images,omitempty"`    // validate: of ECR in the recovery region

	Store       string   `json:"store,omitempty"`       // endpoint: "ssm" or "secretsmanager"; "file" on this machine
	Function    string   `json:"function,omitempty"`    // invoke: ARN
	Payload     string   `json:"payload,omitempty"`     // invoke: JSON
	Command     []string `json:"command,omitempty"`     // invoke, on this machine
	WaitSeconds float64  `json:"waitSeconds,omitempty"` // wait

	URL      string `json:"url,omitempty"`      // http-check
	Status   int    `json:"status,omitempty"`   // http-check: expected; 0: any 2xx
	Contains string `json:"contains,omitempty"` // http-check: in the first 64 KiB of the body

	// Checks of sql-check: names of the database's gate checks, or one of its own
	// (drill.Check as JSON: this package knows no drills).
	Checks string `json:"checks,omitempty"`
}
