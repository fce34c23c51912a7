package constructs

import (
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

type function struct {
	name           string
	timeoutSeconds float64
	memoryMiB      float64
	inside         bool // the network of the copies
	async          bool // nobody waits for its answer: what it could not do goes to the queue
	// may is what it needs around any drill, and what it does with databases of the
	// plan's kinds; its own log aside it may do nothing else.
	may func(s Scope, k kindPermissions) []Statement
}

// functionList has what every deployment may have; recoveryFunctions has what there
// is beside it where the plan declares a recovery. Together they are every folder of
// functions/. The timeout is below that of the state that calls it.
var functionList = []function{
	{deployed.ClaimSlot, 30, 128, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.record("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"), s.executions())
	}},
	{deployed.SelectBackup, 120, 256, false, false, func(s Scope, k kindPermissions) []Statement {
		return all(with(s.journal()), k.lookForBackups, k.lookAhead)
	}},
	{deployed.StartRestore, 120, 256, false, false, func(s Scope, k kindPermissions) []Statement {
		return all(with(s.journal()), k.lookAtCopies, k.lookForBackups, k.restore)
	}},
	{deployed.CheckAvailability, 60, 128, false, false, func(s Scope, k kindPermissions) []Statement {
		return all(with(s.journal()), k.lookAtCopies, k.await)
	}},
	{deployed.AwaitEvent, 10, 128, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.record("dynamodb:PutItem"))
	}},
	{deployed.PrepareLogin, 60, 128, false, false, func(s Scope, k kindPermissions) []Statement {
		return all(with(s.journal()), k.lookAtCopies, k.makeLogin, k.fence)
	}},
	{deployed.ValidateData, 890, 512, true, false, func(s Scope, k kindPermissions) []Statement {
		return all(with(s.journal()), k.readPassword, with(s.network()), k.logIn)
	}},
	{deployed.Cleanup, 120, 128, false, false, func(s Scope, k kindPermissions) []Statement {
		return all(with(s.journal()), k.lookAtCopies, k.remove, k.fence)
	}},
	{deployed.ConfirmRemoval, 60, 128, false, false, func(s Scope, k kindPermissions) []Statement {
		return all(with(s.journal()), k.lookAtCopies, k.lookForBackups)
	}},
	{deployed.RecordEvidence, 60, 256, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.journal(), s.evidence(), s.states())
	}},
	{deployed.PublishMetrics, 30, 128, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.journal(), s.metrics())
	}},
	{deployed.ReleaseSlot, 30, 128, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.record("dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"))
	}},
	{deployed.EventListener, 30, 128, false, true, func(s Scope, _ kindPermissions) []Statement {
		return with(s.record("dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:Query"), s.tokens(), s.start(), s.executions())
	}},
	{deployed.Notifier, 120, 128, false, true, func(s Scope, _ kindPermissions) []Statement {
		return with(s.record("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"), s.executions(), s.lookBack(), s.readEvidence(), s.tell(), s.metrics())
	}},
	{deployed.BackupMonitor, 240, 256, false, true, func(s Scope, k kindPermissions) []Statement {
		return all(with(s.record("dynamodb:Query"), s.watches()), k.lookForBackups, with(s.metrics()))
	}},
	{deployed.Preflight, 600, 256, false, true, func(s Scope, k kindPermissions) []Statement {
		return all(k.lookForBackups, k.lookAhead, k.preflight, with(s.metrics()))
	}},
	{deployed.Sweeper, 300, 128, false, true, func(s Scope, k kindPermissions) []Statement {
		return all(k.listCopies, with(s.executions()), k.remove, with(s.metrics()), k.fence)
	}},
	// Of a thousand databases with hourly rules it reads two hundred pages of a thousand
	// jobs and recovery points each, and holds them all: some 130 MiB, twice that while
	// it reads.
	{deployed.ProtectionMonitor, 600, 1024, false, true, func(s Scope, k kindPermissions) []Statement {
		return all(s.protection(), k.lookAtAutomated, with(s.metrics()))
	}},
	{deployed.Dispatcher, 55, 256, false, true, func(s Scope, _ kindPermissions) []Statement {
		return with(s.record("dynamodb:GetItem", "dynamodb:PutItem"), s.start(), s.executions(), s.metrics())
	}},
}

func with(statements ...Statement) []Statement  { return statements }
func all(statements ...[]Statement) []Statement { return slices.Concat(statements...) }
