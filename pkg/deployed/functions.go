package deployed

// Functions are the names of all functions that a deployment may have: the
// folders of functions/.
var Functions = []string{
	"claim-slot", "select-backup", "start-restore", "check-availability", "await-event", "validate-data", "cleanup", "confirm-removal",
	"record-evidence", "publish-metrics", "release-slot", "event-listener", "backup-monitor", "sweeper", "dispatcher",
}
