package main

import (
	"errors"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// The exit codes are part of the interface; scripts branch on them.
const (
	exitPassed           = 0
	exitObjectivesMissed = 1
	exitFailureClean     = 2
	exitFailureDirty     = 3
	exitUsage            = 64 // bad usage or a bad plan (EX_USAGE of sysexits)
	exitInternal         = 70 // an internal error (EX_SOFTWARE)
)

// exitError carries the exit code of a command that did not succeed. Quiet
// ones have already told the user everything.
type exitError struct {
	code  int
	err   error
	hint  string
	quiet bool
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// usageError is a mistake of the caller: exit code 64.
func usageError(hint, format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// codeOf maps an ending to its exit code.
func codeOf(ending drill.Ending) int {
	switch ending {
	case drill.Passed:
		return exitPassed
	case drill.ObjectivesMissed:
		return exitObjectivesMissed
	case drill.FailureClean:
		return exitFailureClean
	case drill.FailureDirty:
		return exitFailureDirty
	}
	return exitInternal
}

// asExit finds the exit code, the hint and whether to print anything.
func asExit(err error) *exitError {
	var exit *exitError
	if errors.As(err, &exit) {
		return exit
	}
	var left *world.NotFollowed
	if errors.As(err, &left) {
		return &exitError{code: exitInternal, err: err, hint: left.Hint}
	}
	var named *drill.Error
	if errors.As(err, &named) {
		return &exitError{code: exitFor(named.Name), err: err, hint: named.Hint}
	}
	return &exitError{code: exitInternal, err: err}
}

// decisionRefused is what both worlds call a decision that cannot be.
const decisionRefused drill.ErrorName = "DecisionRefused"

// exitFor maps a named error of a command that is not a drill.
func exitFor(name drill.ErrorName) int {
	switch name {
	case drill.UnknownDatabase, drill.InvalidInput:
		return exitUsage
	case world.RecoveryRunning, decisionRefused: // nothing was begun: what was asked for cannot be
		return exitUsage
	case drill.CleanupFailed, world.RecoveryCutOff: // what it made may be there
		return exitFailureDirty
	case world.RecoveryLost:
		return exitInternal
	}
	return exitFailureClean
}
