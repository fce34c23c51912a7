package drill

// KindPostgres is a PostgreSQL database whose backups lie on this machine.
const KindPostgres = "postgres"

// KindRDSInstance is an RDS DB instance.
const KindRDSInstance = "rds-instance"

// Bounds of a drill, in seconds, where the plan sets none.
const (
	minRestoreSeconds = 3600
	maxRestoreSeconds = 48 * 3600
	noRTORestore      = 12 * 3600 // where no RTO is declared

	// A Lambda function runs for 15 minutes at most; the rest is for
	// connecting and for the answer.
	cloudValidateSeconds  = 840
	cloudStatementSeconds = 600
	cloudRemovalSeconds   = 3600
	cloudLateSeconds      = 900 // a restore call without an answer may still create something minutes later

	localValidateSeconds  = 6 * 3600
	localStatementSeconds = 3600
	localRemovalSeconds   = 60
	localPollSeconds      = 0.005
)

// DefaultLimits are the bounds of a drill of a database of this kind. The
// restore may take twice the RTO, at least an hour: a restore that misses its
// target is still worth measuring.
func DefaultLimits(kind string, o Objectives) Limits {
	restore := float64(noRTORestore)
	if o.RTOSeconds > 0 {
		restore = min(max(2*o.RTOSeconds, minRestoreSeconds), maxRestoreSeconds)
	}
	if kind == KindPostgres {
		return Limits{
			RestoreSeconds: restore, ValidateSeconds: localValidateSeconds, StatementSeconds: localStatementSeconds,
			RemovalSeconds: localRemovalSeconds, PollSeconds: localPollSeconds,
		}
	}
	return Limits{
		RestoreSeconds: restore, ValidateSeconds: cloudValidateSeconds, StatementSeconds: cloudStatementSeconds,
		RemovalSeconds: cloudRemovalSeconds, LateCreationSeconds: cloudLateSeconds, PollSeconds: defaultPollSeconds,
		AwaitEvents: true,
	}
}

// BuiltInChecks are the proof checks that databases of this kind can get
// besides the plan's own, which decides what of them is on: they find damage
// that no count of rows shows.
func BuiltInChecks(kind string) []Check {
	if kind != KindPostgres && kind != KindRDSInstance {
		return nil
	}
	return []Check{
		{Name: "every table can be read to its end", Kind: CheckHeapRead, Stage: Proof},
		{Name: "no index is invalid", Kind: CheckIndexes, Stage: Proof},
		{Name: "tables and indexes agree (amcheck)", Kind: CheckAmcheck, Stage: Proof},
	}
}
