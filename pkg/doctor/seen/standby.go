package seen

import (
	"encoding/json"
	"time"
)

// Replica of a database, as its own region shows it.
type Replica struct {
	ARN, Status string // "available"
	// Source is the ARN of what it replicates, or in its own region the identifier;
	// "": it is no replica, or was promoted.
	Source string
	// Replication is how it goes: "replicating", "error", "stopped", "terminated"; ""
	// where RDS does not say.
	Replication string
	Message     string // why, where it does not go
}

// Service that stands ready.
type Service struct {
	Desired, Running int
	// Max is how far it may grow; of an ECS service nobody says: -1.
	Max int
	// Leaving: it is being removed.
	Leaving bool
	// Suspended are processes of an Auto Scaling group that somebody suspended.
	Suspended []string
}

// HealthCheck of Route 53.
type HealthCheck struct {
	Type string // "HTTPS", "CALCULATED", "CLOUDWATCH_METRIC", ...
	// Interval and Threshold are zero of a type that has none.
	Interval           time.Duration
	Threshold          int
	Disabled, Inverted bool
}

// Record set of Route 53: one of those that have a name.
type Record struct {
	Name, Type    string
	SetIdentifier string
	Failover      string        // "PRIMARY", "SECONDARY"; "": it is not moved so
	TTL           time.Duration // zero of an alias
	HealthCheck   string        // id; "": none
	Alias         string        // the name that it stands for; "": it has values
	Evaluated     bool          // of an alias: whether its target's health counts
	// Text is all of it, as AWS's command line takes it.
	Text json.RawMessage
}
