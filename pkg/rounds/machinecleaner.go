package rounds

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// MachineStarter starts executions; see package aws/sfn.
type MachineStarter interface {
	Start(ctx context.Context, machineARN, name string, input json.RawMessage) (executionARN string, startedAt time.Time, alreadyRunning bool, err error)
}

// CleanUpMachines start executions, and tell which are over.
type CleanUpMachines interface {
	MachineStarter
	drillstep.Executions
}

// MachineCleaner cleans up by starting the drill machine. The name follows from
// the execution that was cut off, so an event that comes twice starts one.
type MachineCleaner struct {
	Machines CleanUpMachines
	Machine  string // ARN
}

const cleanUpPrefix = "cleanup-"

// maxCleanUps after one execution: somebody redrives it again and again.
const maxCleanUps = 9

// CleanUpAfter implements Cleaner. An execution that was redriven is cut off a
// second time, when the clean-up after the first time is over and has its name for
// 90 days: the next one has a number.
func (c MachineCleaner) CleanUpAfter(ctx context.Context, executionID, status string) error {
	name := executionID[strings.LastIndexByte(executionID, ':')+1:]
	input, err := json.Marshal(drillstep.Request{CleanUpAfter: executionID, Status: status})
	if err != nil {
		return fmt.Errorf("starting a clean-up: %w", err)
	}
	for n := 1; n <= maxCleanUps; n++ {
		there, _, taken, err := c.Machines.Start(ctx, c.Machine, cleanUpName(numbered(name, n)), input)
		if err != nil || !taken {
			return err
		}
		if closed, err := c.Machines.Closed(ctx, there); err != nil || !closed {
			return err // one that runs sees to it
		}
	}
	return fmt.Errorf("%d clean-ups after it are over, and something is left: start the drill machine by hand with %s", maxCleanUps, input)
}

// cleanUpName of the execution that cleans up after one of that name.
func cleanUpName(name string) string {
	const maxName = 80 // of an execution
	return cleanUpPrefix + name[max(0, len(name)-(maxName-len(cleanUpPrefix))):]
}

// numbered has an underscore, as no name has that lifeboat gives.
func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s_%d", name, n)
}
