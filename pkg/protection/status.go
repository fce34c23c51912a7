package protection

// Standing is what a status of AWS Backup means here.
type Standing int

const (
	NotDecided Standing = iota // lifeboat does not know the status: nothing is concluded from it
	UnderWay                   // not yet
	Usable                     // it can be restored from
	Halted                     // it can be restored from up to where it stopped, and does not go on
	Partial                    // there, and not whole
	Gone                       // it cannot be counted on
	Failed                     // said out loud
	Expired                    // it never started
)

// pointStatuses decides every status of a recovery point.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/recovery-points.html
var pointStatuses = map[string]Standing{
	"CREATING":  UnderWay,
	"COMPLETED": Usable,
	"AVAILABLE": Usable,  // as COMPLETED; continuous ones as well
	"STOPPED":   Halted,  // of a continuous one that does not go on
	"PARTIAL":   Partial, // of one that has nested ones: some are missing
	"EXPIRED":   Gone,    // past its retention: AWS would delete it and could not
	"DELETING":  Gone,
}

// jobStatuses decides every state of a backup job.
var jobStatuses = map[string]Standing{
	"CREATED": UnderWay, "PENDING": UnderWay, "RUNNING": UnderWay,
	"COMPLETED": Usable, // which says nothing of what it made: see judgeDone
	"PARTIAL":   Partial,
	"ABORTING":  Failed, "ABORTED": Failed, "FAILED": Failed,
	"EXPIRED": Expired,
}

// copyStatuses decides every state of a copy job.
var copyStatuses = map[string]Standing{
	"CREATED": UnderWay, "RUNNING": UnderWay, "COMPLETED": Usable, "FAILED": Failed, "PARTIAL": Partial,
}

// OfPoint, OfJob and OfCopy decide a status.
func OfPoint(status string) Standing { return pointStatuses[status] }
func OfJob(state string) Standing    { return jobStatuses[state] }
func OfCopy(state string) Standing   { return copyStatuses[state] }
