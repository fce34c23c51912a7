package drill

import (
	"slices"
	"time"
)

// HistoryEntry is one recorded run in the index of its database.
type HistoryEntry struct {
	Database   string // "workload/database"
	RunID      string
	EvidenceID string // names the document; differs from RunID where another execution cleaned up
	RecordedAt time.Time
	Ending     Ending
	Location   string // of the document
	SHA256     string // of the document, in hexadecimal: what the next one names
	// RestoreSeconds is how long the restore took; nil where the copy never
	// became available.
	RestoreSeconds *float64
	// ToldByEvent: the provider's event made the copy's availability known,
	// not a look that was due.
	ToldByEvent bool
	// Saw is what the drill saw, for the next one to compare with; nil where it
	// was not good.
	Saw *Identity
}

// Past is what is on record of the earlier drills of a database.
type Past struct {
	Restores []PastRestore // newest first; of runs whose copy became available
	// Reference is what the last good drills saw; nil: there was none.
	Reference *Reference
}

// PastRestore is what a past restore teaches the next one.
type PastRestore struct {
	Seconds     float64
	ToldByEvent bool // see HistoryEntry
}

// toldRestores is how many restores in a row an event must have told before
// looks become the fallback: one could be luck, and each costs twice the calls.
const toldRestores = 3

// Learn sets what the past restores, newest first, let expect of the next one.
func (l *Limits) Learn(past []PastRestore) {
	var seconds []float64
	for _, p := range past {
		seconds = append(seconds, p.Seconds)
	}
	l.ExpectedRestoreSeconds, l.ExpectedRestoreSpread = Forecast(seconds)
	untold := func(p PastRestore) bool { return !p.ToldByEvent }
	l.EventsTell = len(past) >= toldRestores && !slices.ContainsFunc(past[:toldRestores], untold)
}
