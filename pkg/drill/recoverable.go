package drill

// Recoverability is what is known, long before a disaster, of a restore of a
// database's newest recovery point.
type Recoverability struct {
	// Findings are what would have the restore refused (Failed), and what will have it
	// refused one day, or would make another thing of it (Warning).
	Findings []Finding
	// Unknown are what could not be looked at, which is never the same as nothing
	// wrong: a missing permission is here.
	Unknown []Finding
}

// Codes of what stands in the way of a restore. They are API, for scripts.
const (
	EngineUnsupported  = "EngineUnsupported"  // AWS's support of the engine's major version ended
	EngineSupportEnds  = "EngineSupportEnds"  // it ends within SupportNotice
	VersionNotOffered  = "VersionNotOffered"  // AWS makes no new instances of the engine version there
	MagneticStorage    = "MagneticStorage"    // AWS ended magnetic storage
	ClassNotOffered    = "ClassNotOffered"    // the instance class is not to be had for that engine version there
	StorageNotOffered  = "StorageNotOffered"  // likewise the storage type
	ZonesTooFew        = "ZonesTooFew"        // fewer than two zones of the subnet group offer the class
	PersistentOption   = "PersistentOption"   // an option of the backup that the copy's option group must have
	GroupMissing       = "GroupMissing"       // a parameter, option or subnet group is not there, or does not fit
	KeyUnusable        = "KeyUnusable"        // the key is gone, disabled or will be deleted
	QuotaShort         = "QuotaShort"         // the region's quotas leave no place for one copy, or for all of them
	ServiceRoleMissing = "ServiceRoleMissing" // the account lacks RDS's own role

	// RecoverabilityUnknown is the code of what could not be looked at.
	RecoverabilityUnknown = "RecoverabilityUnknown"
)

// Cautions are the findings as warnings: a drill that restores all the same has
// proved them wrong, or not yet true.
func (r Recoverability) Cautions() []Finding {
	var list []Finding
	for _, some := range [][]Finding{r.Findings, r.Unknown} {
		for _, f := range some {
			if f.Severity != Info {
				f.Severity = Warning
			}
			list = append(list, f)
		}
	}
	return list
}
