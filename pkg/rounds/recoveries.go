package rounds

import (
	"context"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// RecoveryRuns are the record of recoveries, as it is looked at from outside.
type RecoveryRuns interface {
	Run(ctx context.Context, id string) (recovery.Run, error) // recovery.ErrNoRun
	// Steps in the order of the plan.
	Steps(ctx context.Context, id string) ([]recovery.Record, error)
	// Runs are the newest, newest first; at most so many.
	Runs(ctx context.Context, atMost int) ([]recovery.Run, error)
}

// RecoveryParents start a parent on a run that is there. One of that name, running or
// closed, is no error.
type RecoveryParents interface {
	StartParent(ctx context.Context, name string, in recovery.Request) error
}

// machineOf an execution: arn:aws:states:region:account:execution:machine:name.
func machineOf(execution string) string {
	part := strings.Split(execution, ":")
	if len(part) < 8 || part[5] != "execution" {
		return ""
	}
	return part[6]
}

// isRecovery tells whether an execution is of the machine that recovers. Versions of
// lifeboat before it had none.
func isRecovery(deployment, execution string) bool {
	return machineOf(execution) == deployed.Names{Deployment: deployment}.RecoveryMachine()
}

// decisionBegan is since when a run waits for a decision; zero: it does not.
func decisionBegan(run recovery.Run) time.Time {
	if run.DecideBy == nil || run.OverAt != nil {
		return time.Time{}
	}
	return run.DecideBy.Add(-time.Duration(run.DecisionSeconds * float64(time.Second)))
}
