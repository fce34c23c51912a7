package drill

import "errors"

// ErrorName is the name of an error as the state machine sees it: its type's
// name is API. A step returns *Error at its boundary; adapters may return one
// too where they know the name.
type ErrorName string

const (
	UnknownDatabase      ErrorName = "UnknownDatabase"      // the input names no database of the plan
	PlanMismatch         ErrorName = "PlanMismatch"         // another plan is deployed than the caller has
	SlotBusy             ErrorName = "SlotBusy"             // another drill of this database is running
	NoUsableBackup       ErrorName = "NoUsableBackup"       // none found, or none that counts and can be read
	BackupUnreadable     ErrorName = "BackupUnreadable"     // damaged, cut short, wrong permissions
	BinariesMissing      ErrorName = "BinariesMissing"      // no programs of a fitting version
	RestoreRefused       ErrorName = "RestoreRefused"       // the restore could not be started
	RestoreFailed        ErrorName = "RestoreFailed"        // it started, and ended badly
	RestoreTimedOut      ErrorName = "RestoreTimedOut"      // never became available
	ValidationImpossible ErrorName = "ValidationImpossible" // a check could not be run
	ClusterMember        ErrorName = "ClusterMember"        // the source belongs to a cluster, which has the backups
	CopyStopped          ErrorName = "CopyStopped"          // somebody stopped the copy
	NotReady             ErrorName = "NotReady"             // not yet: ask again later; PrepareLogin and ValidateData wait
	QuotaReached         ErrorName = "QuotaReached"         // the restore would exceed a quota
	NoCapacity           ErrorName = "NoCapacity"           // the provider has none free: asked again for a while; see Passing
	SourceBusy           ErrorName = "SourceBusy"           // the source cannot be restored from at the moment: likewise
	CleanupFailed        ErrorName = "CleanupFailed"        // the copy could not be removed
	EvidenceFailed       ErrorName = "EvidenceFailed"
	MetricsFailed        ErrorName = "MetricsFailed"
	Unexpected           ErrorName = "Unexpected"   // an error without a name of its own
	InvalidInput         ErrorName = "InvalidInput" // the execution's input or a state's payload is not understood
	Stopped              ErrorName = "Stopped"      // the execution was stopped in the middle
	Throttled            ErrorName = "Throttled"    // transient: try again
	Transient            ErrorName = "Transient"    // transient: try again
)

// Error is a named error: what: why, with identifiers, and a hint for the
// operator. The cause is kept under Unwrap and is not shown to machines.
type Error struct {
	Name ErrorName
	What string
	Hint string
	Err  error
	// NotCalled: it came before the call that would have had an effect, so it
	// proves that this one had none; see BeforeCall.
	NotCalled bool
	// MakingLogin: NotReady only because the provider makes a login for the drill,
	// which no recovery would wait for.
	MakingLogin bool
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.What
	}
	return e.What + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// BeforeCall marks a named error that came before the call that would have had an
// effect.
func BeforeCall(err error) error {
	var named *Error
	if !errors.As(err, &named) {
		return err
	}
	marked := Error{Name: named.Name, What: "before the call", Hint: named.Hint, Err: err}
	if direct, ok := err.(*Error); ok { //nolint:errorlint // only its own text is kept
		marked = *direct
	}
	marked.NotCalled = true
	return &marked
}

// NotCalled tells whether err is marked so: whatever its name, nothing was made.
func NotCalled(err error) bool {
	var named *Error
	return errors.As(err, &named) && named.NotCalled
}

// MakingLogin tells whether err is marked so: what passes is not recovery time.
func MakingLogin(err error) bool {
	var named *Error
	return errors.As(err, &named) && named.Name == NotReady && named.MakingLogin
}

// NameOf returns the name of the first *Error in err's tree, or "".
func NameOf(err error) ErrorName {
	var named *Error
	if errors.As(err, &named) {
		return named.Name
	}
	return ""
}

// HintOf returns the hint of the first *Error in err's tree, or "".
func HintOf(err error) string {
	var named *Error
	if errors.As(err, &named) {
		return named.Hint
	}
	return ""
}
