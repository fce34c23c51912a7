package drill

import "time"

// Newest is how fresh the backups of one database are, by where they lie.
type Newest struct {
	// Primary is the moment whose data the newest restorable recovery point in
	// the primary region holds, Copy that of the newest in the recovery region.
	// Zero: there is none.
	Primary, Copy time.Time
	// PrimaryKnown and CopyKnown are false where the region could not be asked,
	// or is none, or where its backups are another account's, which is not asked, and
	// recoveries are made elsewhere: then nothing may be concluded from a zero time.
	PrimaryKnown, CopyKnown bool
	// NotAsked: the primary region's backups are another account's, which is never
	// asked. That is no trouble of any one round.
	NotAsked bool
	// Findings are what else is to be said of the database's backups: warnings, also
	// that a region could not be asked.
	Findings []Finding
}

// Counts is the newest recovery point that a recovery would use: the copy
// where a recovery region is declared, since the primary one may be lost.
func (n Newest) Counts(p Place) (at time.Time, known bool) {
	if p.Elsewhere() {
		return n.Copy, n.CopyKnown
	}
	return n.Primary, n.PrimaryKnown
}
