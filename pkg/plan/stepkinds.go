package plan

import (
	"slices"
	"time"
)

// Kinds of steps of a recovery. pkg/recovery has the same, and what they do.
const (
	StepValidate       = "validate"
	StepRestore        = "restore"
	StepPromoteReplica = "promote-replica"
	StepEndpoint       = "endpoint"
	StepInvoke         = "invoke"
	StepWait           = "wait"
	StepHTTPCheck      = "http-check"
	StepSQLCheck       = "sql-check"
	StepProtect        = "protect"

	StepApproval   = "approval"
	StepDNSCutover = "dns-cutover"
)

// StepKind is what lifeboat knows of one kind of step.
type StepKind struct {
	Name string
	// Keys of its own, beside those that every step has.
	Keys []string
	// NeedsDatabase: it is about one database of the workload. Recovers: it brings that
	// back, and what else is about it comes after.
	NeedsDatabase, Recovers bool
	// MayBeLeftOut: exercises may do without it. What the others do in an exercise is a
	// part of what an exercise is.
	MayBeLeftOut bool
	// Timeout of an attempt where the plan does not say. 0: it follows from the step.
	Timeout time.Duration
	// Coming: it is known, and not there yet.
	Coming bool
}

// StepKinds are all of them, in the order in which they are documented.
var StepKinds = []StepKind{
	{Name: StepValidate, Keys: []string{"stacks", "secrets", "images"}, MayBeLeftOut: true, Timeout: 10 * time.Minute},
	{Name: StepRestore, Keys: []string{"database"}, NeedsDatabase: true, Recovers: true}, // as long as a drill's restore may take
	{Name: StepPromoteReplica, Keys: []string{"database"}, NeedsDatabase: true, Recovers: true, Timeout: time.Hour},
	{Name: StepEndpoint, Keys: []string{"database", "store"}, NeedsDatabase: true, Timeout: 5 * time.Minute},
	{Name: StepInvoke, Keys: []string{"function", "payload", "command"}, MayBeLeftOut: true, Timeout: 15 * time.Minute},
	{Name: StepWait, Keys: []string{"for"}, MayBeLeftOut: true}, // as long as it waits, and a little
	{Name: StepHTTPCheck, Keys: []string{"url", "status", "contains"}, MayBeLeftOut: true, Timeout: 10 * time.Minute},
	{Name: StepSQLCheck, Keys: []string{"database", "sql", "expect"}, NeedsDatabase: true, MayBeLeftOut: true, Timeout: 15 * time.Minute},
	{Name: StepProtect, Keys: []string{"database"}, NeedsDatabase: true, Timeout: 30 * time.Minute},
	{Name: StepApproval, Coming: true},
	{Name: StepDNSCutover, Coming: true},
}

// StepKindOf is the kind of this name; one that nobody knows has no name.
func StepKindOf(name string) StepKind {
	if i := slices.IndexFunc(StepKinds, func(k StepKind) bool { return k.Name == name }); i >= 0 {
		return StepKinds[i]
	}
	return StepKind{}
}

// StepKindNames are those that a plan may have.
func StepKindNames() (names []string) {
	for _, k := range StepKinds {
		if !k.Coming {
			names = append(names, k.Name)
		}
	}
	return names
}
