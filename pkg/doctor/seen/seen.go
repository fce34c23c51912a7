// Package seen is what was read of an AWS account, in no service's words: adapters
// fill it in, the checks of a doctor judge it.
package seen

import "time"

// Key of AWS KMS.
type Key struct {
	ARN   string
	State string // "Enabled", "Disabled", "PendingDeletion", ...
	// AWSManaged: a service of AWS made it, and nobody else rules over it.
	AWSManaged bool
	Deletion   time.Time // when it goes; zero: it is not pending deletion
}

// ID is the last part of its ARN.
func (k Key) ID() string { return lastOf(k.ARN) }

// Quota of something in a region.
type Quota struct{ Used, Max int }

// Queue of SQS.
type Queue struct {
	Messages int    // that can be received, that are being handled and that are delayed
	Key      string // id, alias or ARN of the key that encrypts it; "" none of the account's
}

// Subscription of a topic.
type Subscription struct {
	Protocol, Endpoint string
	Confirmed          bool
}

// Schedule of EventBridge Scheduler.
type Schedule struct {
	Name       string
	Enabled    bool
	Expression string // "cron(0 3 1 * ? *)"
	Timezone   string
	Target     string // ARN
	Input      string // what the target is given, JSON
	Role       string // ARN
	DeadLetter string // ARN of a queue; "" none
	Window     time.Duration
	Start, End time.Time // zero: none
	MaxAge     time.Duration
	MaxRetries int
}

// Rule of EventBridge.
type Rule struct {
	Enabled    bool
	Expression string            // of a rule with a schedule
	Pattern    string            // JSON, of a rule with a pattern
	Targets    map[string]Target // by their ids
}

// Target of a rule.
type Target struct {
	ARN, Role  string // Role "" where the target's own policy lets EventBridge in
	DeadLetter string // ARN of a queue; "" none
	Input      string // what it gets instead of the event, JSON; "" the event
	// Transformed: it gets a part of the event, or something that is made of it.
	Transformed bool
}

// Alarm of CloudWatch, composite or not.
type Alarm struct {
	Name, Description, Reason string
	State                     string // "OK", "ALARM", "INSUFFICIENT_DATA"
	Since                     time.Time
	ActionsEnabled            bool
	Actions                   []string // ARNs that are told of ALARM
	// Watches is what it looks at and how, by AWS's names of the members, as JSON: what
	// has no value is not in it.
	Watches map[string]string
}
