package drill

// Origin is how a recovery point came about. Who lists it says so: neither the
// steps nor the adapter that restores from it later read it out of an id.
// Empty: not known.
type Origin string

const (
	OriginAutomated  Origin = "automated"       // a snapshot that the provider takes by itself
	OriginManual     Origin = "manual"          // a snapshot that somebody asked for
	OriginAWSBackup  Origin = "aws-backup"      // AWS Backup keeps it
	OriginShared     Origin = "shared"          // another account keeps it
	OriginPITR       Origin = "pitr"            // a moment in the log of a source that is there
	OriginRetained   Origin = "pitr-retained"   // a moment in the log that outlived its source
	OriginReplicated Origin = "pitr-replicated" // a moment in a log that is replicated from elsewhere
	OriginDump       Origin = "dump"            // what a database was written out as
	OriginBaseBackup Origin = "base-backup"     // the files of a whole server
)

// PointInTime tells whether it is a moment in a log, which may be any in a window.
func (o Origin) PointInTime() bool {
	return o == OriginPITR || o == OriginRetained || o == OriginReplicated
}
