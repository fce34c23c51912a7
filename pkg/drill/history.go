package drill

import "time"

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
}
