package deployed

// Names of the functions, which are the folders of functions/. Those of the
// drill machine are its states' names.
const (
	ClaimSlot         = "claim-slot"
	SelectBackup      = "select-backup"
	StartRestore      = "start-restore"
	CheckAvailability = "check-availability"
	AwaitEvent        = "await-event"
	PrepareLogin      = "prepare-login"
	ValidateData      = "validate-data"
	Cleanup           = "cleanup"
	ConfirmRemoval    = "confirm-removal"
	RecordEvidence    = "record-evidence"
	PublishMetrics    = "publish-metrics"
	ReleaseSlot       = "release-slot"

	EventListener = "event-listener" // called by rules of EventBridge
	Notifier      = "notifier"       // likewise, and on a schedule of its own
	BackupMonitor = "backup-monitor" // these on schedules of their own
	Sweeper       = "sweeper"
	Preflight     = "preflight"
	Dispatcher    = "dispatcher" // there only where databases have no schedules of their own

	ProtectionMonitor = "protection-monitor" // there only where the plan says how databases are backed up
)

// Names of the functions of recoveries, there only where the plan declares one.
// Those of the machines recovery and recovery-step are their states' names.
const (
	PrepareRecovery  = "prepare-recovery"
	StartReady       = "start-ready"
	AwaitEnd         = "await-end"
	RemoveThrowaways = "remove-throwaways"
	ReportRecovery   = "report-recovery"

	ClaimStep      = "claim-step"
	RunStep        = "run-step"
	QueryCopy      = "query-copy"      // inside the isolated network
	QueryRecovered = "query-recovered" // inside the network that the plan names; there only where it does
	ReleaseStep    = "release-step"

	DecideStep = "decide-step" // called by people, through the CLI
)

// RecoveryFunctions are all of them.
var RecoveryFunctions = []string{
	PrepareRecovery, StartReady, AwaitEnd, RemoveThrowaways, ReportRecovery, ClaimStep, RunStep, QueryCopy, QueryRecovered, ReleaseStep, DecideStep,
}

// Functions are all functions that a deployment may have.
var Functions = append([]string{
	ClaimSlot, SelectBackup, StartRestore, CheckAvailability, AwaitEvent, PrepareLogin, ValidateData, Cleanup, ConfirmRemoval,
	RecordEvidence, PublishMetrics, ReleaseSlot, EventListener, Notifier, BackupMonitor, Preflight, Sweeper, Dispatcher, ProtectionMonitor,
}, RecoveryFunctions...)
