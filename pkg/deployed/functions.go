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

// Functions are all functions that a deployment may have.
var Functions = []string{
	ClaimSlot, SelectBackup, StartRestore, CheckAvailability, AwaitEvent, PrepareLogin, ValidateData, Cleanup, ConfirmRemoval,
	RecordEvidence, PublishMetrics, ReleaseSlot, EventListener, Notifier, BackupMonitor, Sweeper, Dispatcher, ProtectionMonitor,
}
