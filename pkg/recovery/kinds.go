package recovery

// Kind is what a step does.
type Kind string

// Kinds of steps. Approval and DNSCutover are known and not there yet: a plan
// with one of them is refused, by their names.
const (
	Validate       Kind = "validate"        // stacks, quotas, keys, subnets, a fresh recovery point, images, secrets
	Restore        Kind = "restore"         // of a database, from its newest recovery point that counts
	PromoteReplica Kind = "promote-replica" // of a database, in the recovery region
	Endpoint       Kind = "endpoint"        // writes where the recovered database answers
	Invoke         Kind = "invoke"          // the team's own function: warms a cache, tells somebody
	Wait           Kind = "wait"
	HTTPCheck      Kind = "http-check"
	SQLCheck       Kind = "sql-check"
	Protect        Kind = "protect" // switches backups, copies and alarms on for what was recovered

	Approval   Kind = "approval"
	DNSCutover Kind = "dns-cutover"
)

// Kinds are all that there are, in the order in which they are documented.
var Kinds = []Kind{Validate, Restore, PromoteReplica, Endpoint, Invoke, Wait, HTTPCheck, SQLCheck, Protect}

// Coming are those that are known and not there yet.
var Coming = []Kind{Approval, DNSCutover}
