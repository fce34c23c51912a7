package recoverystep

import (
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Steps are the steps of the two machines, wired, and DecideStep, which people call.
type Steps struct {
	PrepareRecovery  PrepareRecovery
	StartReady       StartReady
	AwaitEnd         AwaitEnd
	RemoveThrowaways RemoveThrowaways
	ReportRecovery   ReportRecovery

	ClaimStep ClaimStep
	RunStep   RunStep
	// QueryCopy and QueryRecovered answer what a Work asked for with AskCopy and
	// AskThere: they get Progress.Payload and nothing else, for in their networks there
	// is no record to read. Nil: nothing asks.
	QueryCopy, QueryRecovered step.Handler
	ReleaseStep               ReleaseStep

	DecideStep DecideStep
}

// row is one state that is a Task: its name is the machine's ${...}, function the
// name of the folder and of the Lambda function.
type row struct {
	state, function string
	handler         step.Handler
}

func (s Steps) parent() []row {
	return []row{
		{"PrepareRecovery", deployed.PrepareRecovery, step.JSON(s.PrepareRecovery.Handle)},
		{"StartReady", deployed.StartReady, step.JSON(s.StartReady.Handle)},
		{"AwaitEnd", deployed.AwaitEnd, step.JSON(s.AwaitEnd.Handle)},
		{"RemoveThrowaways", deployed.RemoveThrowaways, step.JSON(s.RemoveThrowaways.Handle)},
		{"ReportRecovery", deployed.ReportRecovery, step.JSON(s.ReportRecovery.Handle)},
	}
}

func (s Steps) child() []row {
	return []row{
		{"ClaimStep", deployed.ClaimStep, step.JSON(s.ClaimStep.Handle)},
		{"RunStep", deployed.RunStep, step.JSON(s.RunStep.Handle)},
		{"QueryCopy", deployed.QueryCopy, s.QueryCopy},
		{"QueryRecovered", deployed.QueryRecovered, s.QueryRecovered},
		{"ReleaseStep", deployed.ReleaseStep, step.JSON(s.ReleaseStep.Handle)},
	}
}

// ParentFunctions map the ${...} of the machine recovery to the names of the
// functions.
func ParentFunctions() map[string]string { return functions(Steps{}.parent()) }

// ChildFunctions are those of recovery-step.
func ChildFunctions() map[string]string { return functions(Steps{}.child()) }

func functions(rows []row) map[string]string {
	named := map[string]string{}
	for _, r := range rows {
		named[r.state] = r.function
	}
	return named
}

// Handlers are the steps of both machines, and DecideStep, by the names of their
// functions.
func Handlers(s Steps) map[string]step.Handler {
	handlers := map[string]step.Handler{deployed.DecideStep: step.JSON(s.DecideStep.Handle)}
	for _, r := range append(s.parent(), s.child()...) {
		if r.handler != nil {
			handlers[r.function] = r.handler
		}
	}
	return handlers
}
