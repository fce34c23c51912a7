package drill

import "slices"

// RDSSource says which RDS instance is drilled, and with what of RDS's own the
// copy is made. Where it lies and what isolates the copy is the spec's Place.
type RDSSource struct {
	// Instance is the identifier of the source instance in the primary region.
	Instance string `json:"instance"`
	// From narrows the choice to one kind of recovery point; empty: any.
	From RestoreFrom `json:"from,omitempty"`
	// InstanceClass of the copy; empty: as the source had at the backup.
	InstanceClass string `json:"instanceClass,omitempty"`
	// ParameterGroup and OptionGroup of the copy; empty: the engine's default.
	ParameterGroup string `json:"parameterGroup,omitempty"`
	OptionGroup    string `json:"optionGroup,omitempty"`
	// Login is how the checks get in.
	Login Login `json:"login"`
	// User logs in with an IAM token; the managed password is the master's.
	User string `json:"user,omitempty"`
	// Database is the one the checks connect to; empty: the instance's own,
	// else the engine's default.
	Database string `json:"database,omitempty"`
}

// RestoreFrom is a kind of recovery point.
type RestoreFrom string

const (
	FromSnapshot RestoreFrom = "snapshot" // any snapshot in the region of the restore
	FromPITR     RestoreFrom = "pitr"     // point in time, from the transaction logs
	FromCopy     RestoreFrom = "copy"     // a snapshot copied from another region or account
)

// Login is how the checks get into the restored database.
type Login string

const (
	// LoginManagedPassword lets RDS make and rotate a master password after
	// the restore. It takes a minute or two, which no recovery would need, so
	// it is timed apart.
	LoginManagedPassword Login = "managed-password"
	// LoginIAM uses a database user that may log in with IAM tokens.
	LoginIAM Login = "iam"
)

// CustomCheck is a Lambda function that is asked whether the copy is good. It
// gets {"runId", "database", "resource", "endpoint", "user", "secret"}, and answers {"passed": true|false,
// "figure": number, "reason": text}. It counts as a gate check.
type CustomCheck struct {
	Name     string `json:"name"`
	Function string `json:"function"` // ARN
}

// AllChecks are the checks of the plan, the built-in ones, and the team's own
// function as one more gate check.
func (s Spec) AllChecks() []Check {
	if s.CustomCheck == nil {
		return s.Checks
	}
	return append(slices.Clone(s.Checks), Check{Name: s.CustomCheck.Name, Kind: CheckCustom, Stage: Gate})
}
