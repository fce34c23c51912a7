package drillevidence

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// SchemaVersion of the documents that this package writes. It grows when a
// reader of older documents would misunderstand a new one.
const SchemaVersion = 1

// Document is the evidence of one drill. All times are UTC, all durations are
// seconds. docs/evidence.schema.json is generated from it.
type Document struct {
	SchemaVersion int `json:"schemaVersion" jsonschema:"enum=1"`
	// ID names the document. It is the run's, except for a run that was cut
	// off: there it is that of the execution which cleaned up.
	ID         string    `json:"id" jsonschema:"minLength=1"`
	RunID      string    `json:"runId" jsonschema:"minLength=1"`
	RecordedAt time.Time `json:"recordedAt"`
	Ending     string    `json:"ending" jsonschema:"enum=Passed,enum=ObjectivesMissed,enum=FailureClean,enum=FailureDirty"`
	// Cause says in a few sentences why it ended so.
	Cause string `json:"cause"`

	Deployment string `json:"deployment"`
	Workload   string `json:"workload"`
	Database   string `json:"database"`
	Owner      string `json:"owner,omitempty"`
	Kind       string `json:"kind,omitempty"`
	Scenario   string `json:"scenario,omitempty"`
	// PlanHash of the plan the run was claimed under; empty where it never was.
	PlanHash string   `json:"planHash"`
	Start    Start    `json:"start"`
	Versions Versions `json:"versions"`

	Objectives    Objectives     `json:"objectives"`
	RecoveryPoint *RecoveryPoint `json:"recoveryPoint" jsonschema:"nullable"` // null: none was chosen
	Candidates    *Candidates    `json:"candidates,omitempty"`                // absent: the backups could not be listed
	Identity      *Identity      `json:"identity,omitempty"`                  // of the recovery point
	Timeline      Timeline       `json:"timeline"`
	Checks        []Check        `json:"checks"`
	Findings      []Finding      `json:"findings"`   // gravest first; they decide the ending
	Deviations    []Deviation    `json:"deviations"` // how the copy, or the drill, differed from the plain case
	Failure       *Failure       `json:"failure,omitempty"`

	Resources []Resource `json:"resources"`
	Removal   Removal    `json:"removal"`
	// States of the machine in the order in which they were entered, up to the
	// one that recorded this document.
	States   []State   `json:"states"`
	Previous *Previous `json:"previous,omitempty"` // nil: the first of its database in the store
}

// Name is how people and inputs name the drilled database.
func (d Document) Name() string { return d.Workload + "/" + d.Database }

// Start says when, by whom and by what the drill was started.
type Start struct {
	At            time.Time `json:"at"` // zero of the RTO
	By            string    `json:"by,omitempty"`
	Trigger       string    `json:"trigger,omitempty"`
	ScheduledTime string    `json:"scheduledTime,omitempty"`
	ExecutionID   string    `json:"executionId"`
	Host          string    `json:"host,omitempty"` // where lifeboat ran
}

// Versions of what took part. Empty: not known, or it did not come so far.
type Versions struct {
	Lifeboat      string `json:"lifeboat"`
	Go            string `json:"go,omitempty"`
	MachineSHA256 string `json:"machineSha256,omitempty"` // of the state machine's definition
	SourceServer  string `json:"sourceServer,omitempty"`  // that the backup was taken from
	CopyServer    string `json:"copyServer,omitempty"`    // that it was restored into
}

// Objectives, with what was measured. The target of the RTO is the service's:
// what is declared and not measured stands apart, in Declared, and leaves the
// rest of it as the budget of what is measured.
type Objectives struct {
	RPO      Objective  `json:"rpo"`
	RTO      Objective  `json:"rto"`
	Declared Allowances `json:"declared"`
	DataAge  *Objective `json:"dataAge,omitempty"` // nil: no maxAge check was answered
}

// Objective compares a target with what was measured.
type Objective struct {
	TargetSeconds *float64 `json:"targetSeconds" jsonschema:"nullable"` // null: none declared
	// BudgetSeconds is what ActualSeconds is compared with: of the RTO the
	// target less what is declared, else the target. Null without a target.
	BudgetSeconds *float64 `json:"budgetSeconds" jsonschema:"nullable"`
	ActualSeconds *float64 `json:"actualSeconds" jsonschema:"nullable"` // null: it could not be measured
	// UncertaintySeconds is how far ActualSeconds may be off.
	UncertaintySeconds float64 `json:"uncertaintySeconds,omitempty"`
	Met                bool    `json:"met"`
	Reason             string  `json:"reason"`
}

// Allowances are the parts of a recovery that a drill cannot see: declared in
// the plan, never measured, and never added to what is.
type Allowances struct {
	DetectionSeconds float64 `json:"detectionSeconds"`
	DecisionSeconds  float64 `json:"decisionSeconds"`
	DNSSeconds       float64 `json:"dnsSeconds"`
	TotalSeconds     float64 `json:"totalSeconds"` // of these three
}

// RecoveryPoint is the backup that was restored.
type RecoveryPoint struct {
	ID      string     `json:"id"`
	Kind    string     `json:"kind"`
	TakenAt *time.Time `json:"takenAt" jsonschema:"nullable"` // null: not known
	// AgeSeconds at the start of the drill; null where TakenAt is not known.
	AgeSeconds *float64 `json:"ageSeconds" jsonschema:"nullable"`
	TimeSource string   `json:"timeSource"` // where TakenAt was read
	// UncertaintySeconds is how far TakenAt may be off, either way.
	UncertaintySeconds float64 `json:"uncertaintySeconds,omitempty"`
	SizeBytes          int64   `json:"sizeBytes,omitempty"`
	Location           string  `json:"location,omitempty"`
	ServerVersion      string  `json:"serverVersion,omitempty"`
}

// Timeline is what happened when: the phases, and the facts they were cut
// from.
type Timeline struct {
	StartedAt time.Time `json:"startedAt"`
	EndedAt   time.Time `json:"endedAt"` // when the document was recorded
	Phases    []Phase   `json:"phases"`  // completed ones only
	Facts     []Fact    `json:"facts"`
}

// Phase is one part of the timeline.
type Phase struct {
	Phase              string    `json:"phase"`
	StartedAt          time.Time `json:"startedAt"`
	EndedAt            time.Time `json:"endedAt"`
	Seconds            float64   `json:"seconds"`
	InRTO              bool      `json:"inRTO"`
	UncertaintySeconds float64   `json:"uncertaintySeconds,omitempty"` // of its end
}

// Fact is one entry of the run record, without what stands elsewhere in the
// document.
type Fact struct {
	At      time.Time `json:"at"`
	State   string    `json:"state,omitempty"`
	Kind    string    `json:"kind"`
	Subject string    `json:"subject,omitempty"` // id of the recovery point or resource, name of the check or phase
	Result  string    `json:"result,omitempty"`  // the provider's status, the check's outcome, the error's or finding's name
	// Of an observed restore, the moments that its availability is cut from.
	ObservedAt    *time.Time `json:"observedAt,omitempty"`
	AvailableAt   *time.Time `json:"availableAt,omitempty"`
	UnavailableAt *time.Time `json:"unavailableAt,omitempty"`
	ToldByEvent   bool       `json:"toldByEvent,omitempty"` // an event caused the look that found it available
}

// Check is the result of one check. It holds no row of the restored data.
type Check struct {
	Name      string    `json:"name"`
	Kind      string    `json:"kind"`
	Stage     string    `json:"stage" jsonschema:"description=gate: counts toward the RTO; proof: timed apart"`
	SQLSHA256 string    `json:"sqlSha256,omitempty"` // its SQL may quote data; the plan has it
	Outcome   string    `json:"outcome" jsonschema:"enum=passed,enum=failed,enum=error,enum=skipped"`
	Passed    bool      `json:"passed"`
	Figure    any       `json:"figure" jsonschema:"oneof_type=number;boolean;string;null"`
	Expected  string    `json:"expected"`
	Seconds   float64   `json:"seconds"`
	StartedAt time.Time `json:"startedAt"`
	// DataAgeSeconds at the start of the drill, of maxAge checks.
	DataAgeSeconds *float64 `json:"dataAgeSeconds,omitempty"`
	Code           string   `json:"code,omitempty"` // SQLSTATE or the error's name
	Reason         string   `json:"reason,omitempty"`
	// Reads: whether it read a table of the copy, by the server's own account;
	// absent where nobody can tell, and then ReadsWhy may say why.
	Reads    string `json:"reads,omitempty" jsonschema:"enum=tables,enum=nothing"`
	ReadsWhy string `json:"readsWhy,omitempty"`
	// AnsweredBy: copy, where the verdict and the figure went through the restored
	// server and the code that the backup brought along; lifeboat, where it looked
	// at the files itself; absent where it is not known.
	AnsweredBy string `json:"answeredBy,omitempty" jsonschema:"enum=copy,enum=lifeboat"`
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

// Deviation is a difference between this drill and a plain restore: a setting
// that was dropped in the copy, a check that was left out, a copy that was
// kept.
type Deviation struct {
	Code string `json:"code"`
	What string `json:"what"`
}

// Failure is the error that ended the drill's work.
type Failure struct {
	State string `json:"state,omitempty"`
	Error string `json:"error"`
	Cause string `json:"cause,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

// What became of a resource.
const (
	Removed   = "removed"   // its absence was observed
	Kept      = "kept"      // left in place on request
	Remaining = "remaining" // it, or something of its name, may still be there
)

// Resource is something that the run made, or may have made.
type Resource struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Detail string `json:"detail,omitempty"`
	// RequestedAt is the moment of the answer to the request; nil where there
	// was none.
	RequestedAt *time.Time `json:"requestedAt,omitempty"`
	State       string     `json:"state" jsonschema:"enum=removed,enum=kept,enum=remaining"`
	RemovedAt   *time.Time `json:"removedAt,omitempty"` // when its absence was observed
	Proof       string     `json:"proof"`               // how it was, or why it was not
}

// Removal is what became of everything the run made.
type Removal struct {
	Clean       bool       `json:"clean"` // nothing is left that nobody asked for
	Kept        bool       `json:"kept"`
	RequestedAt *time.Time `json:"requestedAt,omitempty"`
	ConfirmedAt *time.Time `json:"confirmedAt,omitempty"`
	Proof       string     `json:"proof"`
	Trouble     *Failure   `json:"trouble,omitempty"` // what went wrong on the way
}

// State is one visit of a state of the machine.
type State = drill.StateVisit

// Previous names the evidence before this one, of the same database.
type Previous struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256" jsonschema:"pattern=^[0-9a-f]{64}$"` // of its file
}
