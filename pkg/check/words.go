package check

import "github.com/lifeboat-dr/lifeboat/pkg/drill"

// What results say, whatever the engine: reasons without a row's content.
const (
	NothingExpected = "nothing is expected of it"
	WrongRows       = "not the expected number of rows"
	Refused         = "the database refused it"
	TimedOut        = "it did not end within the statement timeout"
	CursorUnread    = "the place where the call before left off cannot be read"
	EveryTable      = "every table readable to its end" // what a deep read expects
	TablesUnread    = "tables cannot be read to their end"
)

// ConnectionLost is the code of an error that did not come from the server.
const ConnectionLost = "ConnectionLost"

// Pass is the outcome of an answer that is as expected.
func Pass(r *drill.CheckResult) { r.Outcome = drill.CheckPassed }

// Fail is the outcome of an answer that is not. code is the database's own, or
// empty.
func Fail(r *drill.CheckResult, code, reason string) {
	r.Outcome, r.Code, r.Reason = drill.CheckFailed, code, reason
}

// Fault is the outcome of a check that could not be put: it says nothing about
// the data.
func Fault(r *drill.CheckResult, code, reason string) {
	r.Outcome, r.Code, r.Reason = drill.CheckError, code, reason
}

// Skip is the outcome of a check that this copy has no means for.
func Skip(r *drill.CheckResult, code, reason string) {
	r.Outcome, r.Code, r.Reason = drill.CheckSkipped, code, reason
}

// Join makes one reason of two, of which each may be empty.
func Join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// ReadsOf is the account of a built-in check that reads so many tables of users.
func ReadsOf(tables int) drill.Reads {
	if tables > 0 {
		return drill.ReadsTables
	}
	return drill.ReadsNothing
}
