package drill

import "time"

// Spec is the slice of the plan that one drill needs, complete with defaults.
// ClaimSlot puts it into the execution, so that no later state reads
// configuration and a deployment in the middle of a drill changes nothing.
type Spec struct {
	Deployment string     `json:"deployment"`
	Workload   string     `json:"workload"`
	Database   string     `json:"database"`
	Owner      string     `json:"owner,omitempty"`
	Kind       string     `json:"kind"` // the plan's kind: postgres, rds-instance, ...
	Scenario   string     `json:"scenario"`
	Objectives Objectives `json:"objectives"`
	Allowances Allowances `json:"allowances,omitzero"`
	Checks     []Check    `json:"checks"`
	Limits     Limits     `json:"limits"`
	// Reference is what the last good drill of this database saw; nil: there is
	// none on record.
	Reference *Reference `json:"reference,omitempty"`
	// Keep leaves the restored copy in place for a person to look at.
	Keep bool `json:"keep,omitempty"`
	// Postgres is set for kind postgres only.
	Postgres *PostgresSource `json:"postgres,omitempty"`
	// Place is set for every kind that lives on AWS.
	Place Place `json:"place,omitzero"`
	// RDS is set for kind rds-instance only.
	RDS *RDSSource `json:"rds,omitempty"`
	// CustomCheck is a function of the team's own that judges the copy; nil:
	// there is none.
	CustomCheck *CustomCheck `json:"customCheck,omitempty"`
}

// Name is how people and inputs name the drilled database: "workload/database".
func (s Spec) Name() string { return s.Workload + "/" + s.Database }

// Objectives are the targets, in seconds. The RTO is the service's: from the
// loss until clients are served again, the allowances included. Zero means that none was declared,
// and then none is judged.
type Objectives struct {
	RTOSeconds float64 `json:"rtoSeconds,omitempty"`
	RPOSeconds float64 `json:"rpoSeconds,omitempty"`
}

// Allowances are the parts of a recovery that a drill cannot see. They are
// declared, never measured: what they leave of the RTO is the budget of what is.
type Allowances struct {
	DetectionSeconds float64 `json:"detectionSeconds,omitempty"`
	DecisionSeconds  float64 `json:"decisionSeconds,omitempty"`
	DNSSeconds       float64 `json:"dnsSeconds,omitempty"`
}

// Seconds is their sum.
func (a Allowances) Seconds() float64 { return a.DetectionSeconds + a.DecisionSeconds + a.DNSSeconds }

// Limits bound the waits of one drill, in seconds.
type Limits struct {
	// RestoreSeconds: from the restore request until the copy must be
	// available; after that the drill gives up (RestoreTimedOut).
	RestoreSeconds float64 `json:"restoreSeconds"`
	// StartSeconds: from the first refusal that may pass (no capacity, a busy
	// source) until the drill gives up asking. Zero: at once.
	StartSeconds float64 `json:"startSeconds,omitempty"`
	// ValidateSeconds: one call of ValidateData.
	ValidateSeconds float64 `json:"validateSeconds"`
	// RemovalSeconds: from the removal request until its absence must be
	// confirmed.
	RemovalSeconds float64 `json:"removalSeconds"`
	// StatementSeconds: one statement of one check (statement_timeout).
	StatementSeconds float64 `json:"statementSeconds"`
	// ExpectedRestoreSeconds is the median of this database's past restores;
	// zero without history. It paces the polling and the progress display.
	ExpectedRestoreSeconds float64 `json:"expectedRestoreSeconds,omitempty"`
	// PollSeconds is the shortest distance between two looks at a restore;
	// zero: 10. Below 1 the local pace applies; see PollingOf.
	PollSeconds float64 `json:"pollSeconds,omitempty"`
	// ExpectedRestoreSpread is the standard deviation of the logarithms of the
	// past restores: 0.3 means that two of three took between three quarters
	// of the median and four thirds of it. Zero without history. See Forecast.
	ExpectedRestoreSpread float64 `json:"expectedRestoreSpread,omitempty"`
	// AwaitEvents: the provider sends events, which may end a wait early.
	AwaitEvents bool `json:"awaitEvents,omitempty"`
	// EventsTell: an event told the end of each of the newest three restores of
	// this database, so looks are only the fallback for one that is lost.
	EventsTell bool `json:"eventsTell,omitempty"`
	// LateCreationSeconds is how long after a restore call without an answer
	// something may still appear; absence is believed only after that.
	LateCreationSeconds float64 `json:"lateCreationSeconds,omitempty"`
}

// TrustBackup is the plan's word that nobody else can write the backups, or
// could write the database that they are of.
const TrustBackup = "backup"

// PostgresSource says where the backups of a database of kind postgres lie.
type PostgresSource struct {
	// Backups is an absolute glob; each match is one candidate backup.
	Backups string `json:"backups"`
	// Binaries is a folder with PostgreSQL's programs, before all others.
	Binaries string `json:"binaries,omitempty"`
	// Database is the one the checks connect to. Empty: for a dump, the
	// database that the dump restores into; for a base backup, "postgres".
	Database string `json:"database,omitempty"`
	// User is the superuser of the restored cluster; empty: found out.
	User string `json:"user,omitempty"`
	// Trust is TrustBackup where the plan lets code in the backup run without a
	// sandbox, on machines that have none; else "".
	Trust string `json:"trust,omitempty"`
	// Scratch is the absolute folder under which throwaway instances live.
	Scratch string `json:"scratch"`
	// Settings are lines for postgresql.conf of the copy (tuning, time zone).
	Settings map[string]string `json:"settings,omitempty"`
	// TimeZone resolves a zone abbreviation or a missing zone in a backup's
	// own record of its time (IANA name). Empty: UTC is assumed where the
	// record carries no zone, and the uncertainty is reported.
	TimeZone string `json:"timeZone,omitempty"`
}

// CheckStage tells whether a check counts toward the RTO.
type CheckStage string

const (
	// Gate checks must pass before the data may serve; their time counts.
	Gate CheckStage = "gate"
	// Proof checks read deeper; they run after the gate and are timed apart.
	Proof CheckStage = "proof"
)

// CheckKind names what a check does.
type CheckKind string

const (
	CheckSQL      CheckKind = "sql"
	CheckHeapRead CheckKind = "heap-read"       // every table to its end, from the heap, TOAST included
	CheckIndexes  CheckKind = "invalid-indexes" // no index is marked invalid
	CheckCustom   CheckKind = "custom"          // the team's own function judges
	CheckAmcheck  CheckKind = "amcheck"         // verify_heapam and bt_index_check where available
)

// Check is one question that is put to the restored data, read-only.
type Check struct {
	// Cursor is where an earlier call left off; see CheckResult.Cursor.
	Cursor string     `json:"cursor,omitempty"`
	Name   string     `json:"name"`
	Kind   CheckKind  `json:"kind"`
	Stage  CheckStage `json:"stage"`
	SQL    string     `json:"sql,omitempty"`
	Expect *Expect    `json:"expect,omitempty"` // of sql checks
}

// Expect is what the single value of a sql check, or its row count, must be.
// Exactly one group is used: Min/Max, Equals, MaxAgeSeconds, or Rows.
type Expect struct {
	Min *float64 `json:"min,omitempty"`
	Max *float64 `json:"max,omitempty"`
	// Equals is a number, a boolean or a text.
	Equals        any      `json:"equals,omitempty"`
	MaxAgeSeconds *float64 `json:"maxAgeSeconds,omitempty"`
	Rows          *Range   `json:"rows,omitempty"`
}

// Range is an inclusive range; a nil end is open.
type Range struct {
	Min *float64 `json:"min,omitempty"`
	Max *float64 `json:"max,omitempty"`
}

// Run identifies one drill. ExecutionID makes every name of the run
// deterministic.
type Run struct {
	ID          string    `json:"id"`          // unique, readable; names the run record and the evidence
	ExecutionID string    `json:"executionId"` // ARN of the execution
	Throwaway   string    `json:"throwaway"`   // name of whatever the run creates; see ThrowawayName
	Deployment  string    `json:"deployment"`
	StartedAt   time.Time `json:"startedAt"` // when the execution started: zero of the RTO
	StartedBy   string    `json:"startedBy,omitempty"`
	Trigger     string    `json:"trigger,omitempty"` // "manual", "schedule", ...
	// ScheduledTime is what the schedule passed; empty for a manual start.
	ScheduledTime string `json:"scheduledTime,omitempty"`
	PlanHash      string `json:"planHash"`
	Version       string `json:"version"` // of lifeboat
}
