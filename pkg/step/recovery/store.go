package recoverystep

import (
	"context"
	"errors"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Errors of the stores. Others are named as ever.
var (
	// ErrConflict: the record is another than the one that the write was made of.
	ErrConflict = errors.New("somebody else has written it meanwhile")
	// ErrNoRun: there is no run of that name.
	ErrNoRun = errors.New("there is no such recovery")
)

// Store is the record of recoveries. Every read is of the last write.
type Store interface {
	// Create writes a run with its steps and databases, the run itself last: without it
	// there is none. One that is there already, whole, is left as it is.
	Create(ctx context.Context, run recovery.Run, steps []recovery.Record, databases []Database) error
	Run(ctx context.Context, id string) (recovery.Run, error) // ErrNoRun
	// Steps in the order of the plan.
	Steps(ctx context.Context, id string) ([]recovery.Record, error)
	Step(ctx context.Context, id string, number int) (recovery.Record, error)
	Database(ctx context.Context, id, name string) (Database, error) // "workload/database"
	// PutRun and PutStep write on condition that the record has still the Revision of
	// what is given, and count it up. ErrConflict. A write whose answer was lost may
	// have had its effect: then asking again is no conflict.
	PutRun(ctx context.Context, run recovery.Run) error
	PutStep(ctx context.Context, id string, step recovery.Record) error
	// Runs are the newest, newest first; at most so many.
	Runs(ctx context.Context, atMost int) ([]recovery.Run, error)
}

// Database is a database of the run, frozen at its start.
type Database struct {
	Name   string     `json:"name"` // "workload/database"
	Drill  drill.Spec `json:"drill"`
	Target *Target    `json:"target,omitempty"` // of a failover; nil: the plan has none
	// Replica is the identifier of the read replica in the recovery region; "": none.
	Replica string `json:"replica,omitempty"`
}

// Target is what a failover makes: the plan's recovery.target, complete with
// defaults.
type Target struct {
	Identifier         string            `json:"identifier"`
	InstanceClass      string            `json:"instanceClass,omitempty"` // "": as the backup
	MultiAZ            bool              `json:"multiAz"`
	SubnetGroup        string            `json:"subnetGroup"`
	SecurityGroups     []string          `json:"securityGroups"`
	ParameterGroup     string            `json:"parameterGroup,omitempty"` // "": the engine's
	OptionGroup        string            `json:"optionGroup,omitempty"`
	KMSKey             string            `json:"kmsKey,omitempty"` // "": the one of the recovery point
	BackupDays         int               `json:"backupDays"`       // 1 at least
	DeletionProtection bool              `json:"deletionProtection"`
	Port               int               `json:"port,omitempty"` // 0: the engine's
	Tags               map[string]string `json:"tags,omitempty"`
}

// Plans find what the plan says of a recovery.
type Plans interface {
	// Recovery of a workload, or of all that declare one (""). Steps are numbered, and
	// their graph is one: see recovery.NewGraph. Errors: InvalidInput, which lists the
	// workloads that there are.
	Recovery(ctx context.Context, workload string) (Planned, error)
}

// Planned is what the plan says.
type Planned struct {
	Deployment      string
	Workloads       []recovery.Workload
	Steps           []recovery.Record // waiting, attempt 1
	Databases       []Database
	DecisionSeconds map[recovery.Mode]float64
	PlanHash        string
}

// Executions of the two machines. A name is the last part of an ARN.
type Executions interface {
	// StartStep starts an execution of the child machine. One of that name, running or
	// closed, is no error: it is there. Throttled: ask later.
	StartStep(ctx context.Context, name string, in ChildInput) error
	// RunningSteps are the names of the children of a run that run now; some that began
	// seconds ago may lack.
	RunningSteps(ctx context.Context, run string) (map[string]bool, error)
	// StepState of one child: "RUNNING", "SUCCEEDED", "FAILED", ...; "": there is none.
	StepState(ctx context.Context, name string) (string, error)
	// StartParent starts a parent on a run that is there.
	StartParent(ctx context.Context, name string, in Request) error
	// Wake completes the parent's task. A token that nobody waits with any more is no error.
	Wake(ctx context.Context, token string) error
}

// ChildInput is the input of an execution of recovery-step.
type ChildInput struct {
	Run     string `json:"run"`
	Step    int    `json:"step"`
	Attempt int    `json:"attempt"`
}

// Request is the input of an execution of recovery, as people type it into the
// console.
type Request struct {
	// Mode: "" and exercise make throwaways. failover needs Confirm, the name of the
	// deployment.
	Mode     recovery.Mode `json:"mode,omitempty"`
	Confirm  string        `json:"confirm,omitempty"`
	Workload string        `json:"workload,omitempty"` // "": all that declare a recovery
	// Resume names a run that is not over: this parent takes it on.
	Resume string `json:"resume,omitempty"`
	// Abort a run that is resumed: begin nothing, remove what an exercise made, report.
	Abort         bool   `json:"abort,omitempty"`
	StartedBy     string `json:"startedBy,omitempty"`
	Trigger       string `json:"trigger,omitempty"`
	ScheduledTime string `json:"scheduledTime,omitempty"`
	PlanHash      string `json:"planHash,omitempty"`
}

// StepClock tells the time, in UTC.
type StepClock interface{ Now() time.Time }
