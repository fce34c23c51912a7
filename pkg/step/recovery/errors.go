package recoverystep

import (
	"errors"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Names of the errors of recoveries, beside those of drills.
const (
	RecoveryAborted drill.ErrorName = "RecoveryAborted" // somebody decided to begin nothing any more
	StepTimedOut    drill.ErrorName = "StepTimedOut"    // the time of the attempt is up
	StepCutOff      drill.ErrorName = "StepCutOff"      // its execution closed without saying how it ended
	DecisionRefused drill.ErrorName = "DecisionRefused" // a decision that cannot be
	FailoverRunning drill.ErrorName = "FailoverRunning" // another failover of the workload is not over; nothing is begun
)

// contended is how often a write is made anew because somebody else wrote first:
// each time something went on, so that this ends. After it the machine asks again.
const contended = 100

func tooBusy(run string) error {
	return &drill.Error{Name: drill.Transient, What: fmt.Sprintf("recovery %s: others wrote its record at every attempt", run)}
}

// reading names an error of the record: one without a name may pass.
func reading(err error, run string) error {
	if errors.Is(err, recovery.ErrNoRun) {
		return step.Named(drill.InvalidInput, err, "reading the record of recovery %s", run)
	}
	return step.Named(drill.Unexpected, err, "the record of recovery %s", run)
}

// decoded is a failure as the machine caught it, with message and hint taken out of
// Lambda's form.
func decoded(f *recovery.Failure) *recovery.Failure {
	if f == nil {
		return nil
	}
	d := step.Decoded(&drill.Failure{State: f.State, Error: f.Error, Cause: f.Cause, Hint: f.Hint})
	return &recovery.Failure{State: d.State, Error: d.Error, Cause: shortened(d.Cause), Hint: d.Hint}
}

// shortened keeps the record small: a function's own error may be long.
func shortened(text string) string {
	const most = 4000
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}
