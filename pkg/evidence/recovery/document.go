package recoveryevidence

import "time"

// SchemaVersion of the documents that this package writes. It grows when a
// reader of older documents would misunderstand a new one.
const SchemaVersion = 1

// Of is what these documents are evidence of: no drill is read as a recovery, nor
// the other way round.
const Of = "recovery"

// Document is the evidence of one recovery. All times are UTC, all durations are
// seconds. docs/recovery-evidence.schema.json is generated from it.
type Document struct {
	SchemaVersion int    `json:"schemaVersion" jsonschema:"enum=1"`
	EvidenceOf    string `json:"evidenceOf" jsonschema:"enum=recovery"`
	// ID names the document. It is the run's, except for a run that was not over when its
	// parent had to end: there it has the parent's number, and another document follows.
	ID         string    `json:"id" jsonschema:"minLength=1"`
	RunID      string    `json:"runId" jsonschema:"minLength=1"`
	RecordedAt time.Time `json:"recordedAt"`
	Ending     string    `json:"ending" jsonschema:"enum=Passed,enum=ObjectivesMissed,enum=FailureClean,enum=FailureDirty"`
	// Cause says in a few sentences why it ended so.
	Cause string `json:"cause"`

	Deployment string `json:"deployment"`
	// Mode: an exercise makes throwaways, a failover what the plan names.
	Mode     string   `json:"mode" jsonschema:"enum=exercise,enum=failover"`
	PlanHash string   `json:"planHash"`
	Start    Start    `json:"start"`
	Versions Versions `json:"versions"`

	Workloads []Workload `json:"workloads"`
	Timeline  Timeline   `json:"timeline"`
	Counts    Counts     `json:"counts"`
	Steps     []Step     `json:"steps"`
	// CriticalPath are the ids of the steps that the whole took as long as, in order:
	// each began when the one before it had ended.
	CriticalPath []string   `json:"criticalPath"`
	Decisions    []Decision `json:"decisions"` // of people, oldest first
	Findings     []Finding  `json:"findings"`  // gravest first; they decide the ending
	Failure      *Failure   `json:"failure,omitempty"`

	Resources []Resource `json:"resources"`
	Removal   Removal    `json:"removal"`
	Previous  *Previous  `json:"previous,omitempty"` // nil: the first of its deployment in the store
}

// Start says when, by whom and by what the recovery was started.
type Start struct {
	At          time.Time `json:"at"` // zero of the RTO
	By          string    `json:"by,omitempty"`
	Trigger     string    `json:"trigger,omitempty"`
	ExecutionID string    `json:"executionId"` // of the first parent
	// LastExecutionID is that of the parent that came to the end, where it is another:
	// the one before was cut off, or its history was full. Parents counts them.
	LastExecutionID string `json:"lastExecutionId,omitempty"`
	Parents         int    `json:"parents"`
	Host            string `json:"host,omitempty"` // where lifeboat ran
}

// Versions of what took part. Empty: not known.
type Versions struct {
	Lifeboat string `json:"lifeboat"`
	Go       string `json:"go,omitempty"`
}

// Workload is what was recovered, against its targets.
type Workload struct {
	Name  string `json:"name"`
	Owner string `json:"owner,omitempty"`
	// RTO from the start of the run to the end of the last step of the workload.
	RTO Objective `json:"rto"`
	// RPO is the largest loss of any of its databases.
	RPO      Objective  `json:"rpo"`
	Declared Allowances `json:"declared"`
	// ProjectedSeconds is what is measured and what is declared, together: how long the
	// service would be gone. Null where nothing was measured.
	ProjectedSeconds *float64 `json:"projectedSeconds" jsonschema:"nullable"`
}

// Objective compares a target with what was measured.
type Objective struct {
	TargetSeconds *float64 `json:"targetSeconds" jsonschema:"nullable"` // null: none declared
	// BudgetSeconds is what ActualSeconds is compared with: of the RTO the target less
	// what is declared, else the target. Null without a target.
	BudgetSeconds *float64 `json:"budgetSeconds" jsonschema:"nullable"`
	ActualSeconds *float64 `json:"actualSeconds" jsonschema:"nullable"` // null: it could not be measured
	Met           bool     `json:"met"`
	Reason        string   `json:"reason"`
}

// Allowances are the parts of a recovery that it cannot see itself: declared in the
// plan, never measured, and never added to what is.
type Allowances struct {
	DetectionSeconds float64 `json:"detectionSeconds"`
	DecisionSeconds  float64 `json:"decisionSeconds"`
	DNSSeconds       float64 `json:"dnsSeconds"`
	TotalSeconds     float64 `json:"totalSeconds"` // of these three
}

// Timeline is when the whole took place.
type Timeline struct {
	StartedAt time.Time `json:"startedAt"`
	// OverAt is since when nothing of the steps changed any more; null: it never came to
	// that.
	OverAt  *time.Time `json:"overAt" jsonschema:"nullable"`
	EndedAt time.Time  `json:"endedAt"` // when the document was recorded
	// Seconds to OverAt; null without it.
	Seconds *float64 `json:"seconds" jsonschema:"nullable"`
}

// Counts of the steps, by how they ended. Nothing that was left out is silent.
type Counts struct {
	Steps     int `json:"steps"`
	Succeeded int `json:"succeeded"`
	Failed    int `json:"failed"`
	Omitted   int `json:"omitted"`   // something that they come after failed, or it was aborted
	Skipped   int `json:"skipped"`   // a person decided so
	Unended   int `json:"unended"`   // neither of these: the run was cut off
	Unproven  int `json:"unproven"`  // of those that succeeded: an exercise left out a part
	Deviating int `json:"deviating"` // done in another way than the plan has it
	Retried   int `json:"retried"`   // with more than one attempt
}

// Step is one step: what it was to do, and what became of it.
type Step struct {
	Number   int      `json:"number"`
	ID       string   `json:"id"` // workload/step
	Workload string   `json:"workload"`
	Kind     string   `json:"kind"`
	After    []string `json:"after"`
	Database string   `json:"database,omitempty"`
	State    string   `json:"state" jsonschema:"enum=waiting,enum=ready,enum=running,enum=succeeded,enum=failed,enum=omitted,enum=skipped"`
	Critical bool     `json:"critical"` // on the critical path

	ReadyAt   *time.Time `json:"readyAt" jsonschema:"nullable"`
	StartedAt *time.Time `json:"startedAt" jsonschema:"nullable"` // of the last attempt
	EndedAt   *time.Time `json:"endedAt" jsonschema:"nullable"`
	// Seconds of the last attempt; StartSeconds from being ready to its start: what the
	// machines add. Null where it never began, or never ended.
	Seconds         *float64 `json:"seconds" jsonschema:"nullable"`
	StartSeconds    *float64 `json:"startSeconds" jsonschema:"nullable"`
	ExpectedSeconds *float64 `json:"expectedSeconds" jsonschema:"nullable"`
	Basis           string   `json:"basis,omitempty"` // of the expectation: measured, assumed, declared
	TimeoutSeconds  float64  `json:"timeoutSeconds"`

	Attempts  []Attempt `json:"attempts"` // earlier ones, which failed
	Failure   *Failure  `json:"failure,omitempty"`
	Because   string    `json:"because,omitempty"`   // of an omitted one: the step that failed, or "aborted"
	SkippedBy string    `json:"skippedBy,omitempty"` // of a skipped one

	Says      string `json:"says,omitempty"`
	Unproven  string `json:"unproven,omitempty"`
	Deviation string `json:"deviation,omitempty"`

	PointTime   *time.Time `json:"pointTime,omitempty"`
	PointID     string     `json:"pointId,omitempty"`
	LossSeconds *float64   `json:"lossSeconds,omitempty"`
	Endpoint    *Endpoint  `json:"endpoint,omitempty"`
	Checks      []Check    `json:"checks,omitempty"`
}

// Attempt is one that failed and was tried again.
type Attempt struct {
	StartedAt *time.Time `json:"startedAt" jsonschema:"nullable"`
	EndedAt   *time.Time `json:"endedAt" jsonschema:"nullable"`
	Seconds   *float64   `json:"seconds" jsonschema:"nullable"`
	Failure   *Failure   `json:"failure,omitempty"`
}

// Endpoint is where a recovered database answers. Secret is where its credentials are
// kept, never these.
type Endpoint struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Engine   string `json:"engine,omitempty"`
	Database string `json:"database,omitempty"`
	Secret   string `json:"secret,omitempty"`
}

// Check is the result of one check. It holds no row.
type Check struct {
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
	Says   string `json:"says,omitempty"`
	// NotPut: the database does not offer it; it did not pass, and failed nothing.
	NotPut bool `json:"notPut,omitempty"`
}

// Decision of a person.
type Decision struct {
	Choice  string    `json:"choice" jsonschema:"enum=retry,enum=skip,enum=abort"`
	Step    string    `json:"step,omitempty"`
	Attempt int       `json:"attempt,omitempty"` // that it was about
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

// Finding is one reason of the ending.
type Finding struct {
	Severity string `json:"severity" jsonschema:"enum=info,enum=warning,enum=missed,enum=failed,enum=dirty"`
	Code     string `json:"code"`
	What     string `json:"what"`
	Figure   any    `json:"figure,omitempty"`
	Target   any    `json:"target,omitempty"`
	Hint     string `json:"hint,omitempty"`
}

// Failure is an error, of a step or of the machine.
type Failure struct {
	Error string `json:"error"`
	Cause string `json:"cause,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

// What became of a resource.
const (
	Recovered = "recovered" // it is what the failover is for, and stays
	Removed   = "removed"   // a throwaway whose absence was observed
	Remaining = "remaining" // a throwaway that, or something of its name, may still be there
	Unclear   = "unclear"   // a failed step of a failover made it, or may have: look at it
)

// Resource is something that the run made or changed.
type Resource struct {
	Kind  string `json:"kind"`
	ID    string `json:"id"`
	ARN   string `json:"arn,omitempty"`
	Step  string `json:"step,omitempty"` // id; "": nobody knows of which
	State string `json:"state" jsonschema:"enum=recovered,enum=removed,enum=remaining,enum=unclear"`
}

// Removal is what became of the throwaways. A failover has none.
type Removal struct {
	Clean   bool     `json:"clean"`
	Proof   string   `json:"proof"`
	Trouble *Failure `json:"trouble,omitempty"`
}

// Previous names the evidence before this one, of the same deployment.
type Previous struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256" jsonschema:"pattern=^[0-9a-f]{64}$"` // of its file
}
