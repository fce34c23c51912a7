package recoverystep

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Errors of the stores. Others are named as ever.
var (
	ErrConflict = recovery.ErrConflict
	ErrNoRun    = recovery.ErrNoRun
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
	// Claim takes a name for a run: nobody has it, or the run itself, or whom it names in
	// instead (""; nobody). holder is who has it now: the run, or else the one that must
	// be looked at. It is one conditional write.
	Claim(ctx context.Context, name, run, instead string) (holder string, err error)
	// Runs are the newest, newest first; at most so many.
	Runs(ctx context.Context, atMost int) ([]recovery.Run, error)
}

// Database is a database of the run, frozen at its start; Target what a failover
// makes of it.
type (
	Database = drill.RecoveredDatabase
	Target   = drill.RecoveryTarget
)

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

// ChildInput and Request are the inputs of the two machines.
type (
	ChildInput = recovery.ChildInput
	Request    = recovery.Request
)
