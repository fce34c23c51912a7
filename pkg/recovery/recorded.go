package recovery

import "time"

// Recorded is what is kept of a recovery whose evidence was written: enough to tell
// when each workload was last exercised, and to link the next one to it.
type Recorded struct {
	ID         string    `json:"id"`
	Mode       Mode      `json:"mode"`
	Workloads  []string  `json:"workloads"`
	StartedAt  time.Time `json:"startedAt"`
	RecordedAt time.Time `json:"recordedAt"`
	Ending     string    `json:"ending"`
	SHA256     string    `json:"sha256"` // of the document
	Location   string    `json:"location"`
}
