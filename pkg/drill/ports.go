package drill

import "time"

// SlotRequest asks for the lock of one database.
type SlotRequest struct {
	Database      string // "workload/database"
	ExecutionID   string // the owner
	RunID         string
	ScheduledTime string // "" for a manual start
	Now           time.Time
	// ExpiresAt is when the lock may be taken over even where nobody can tell
	// whether its owner still runs.
	ExpiresAt time.Time
}

// EvidenceInput is everything the evidence is built from.
type EvidenceInput struct {
	// ID names the document. It is the run's own, except where the run was
	// adopted: then it is that of the execution which cleaned up.
	ID         string
	Run        Run
	Spec       Spec
	Verdict    Verdict
	Facts      []Fact
	Failure    *Failure
	Removal    Removal
	RecordedAt time.Time
}

// Endpoint is where a restored database answers.
type Endpoint struct {
	Engine   string `json:"engine"` // postgres, mysql, mariadb
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Database string `json:"database"`
}

// Access is where and as whom checks get into a copy. It goes through the states of
// an execution, so it says where a password is kept and never holds one.
type Access struct {
	Endpoint Endpoint `json:"endpoint"`
	// User logs in with a token of the provider; "" where Secret names who does.
	User string `json:"user"`
	// Secret is the ARN of the secret that holds user and password; "" for a token.
	Secret string `json:"secret"`
}

// StateVisit is one entry of a state by an execution, in the order in which
// they happened.
type StateVisit struct {
	Name      string    `json:"name"`
	EnteredAt time.Time `json:"enteredAt"`
}
