package drill

// Bounds of a drill, in seconds, where the plan sets none.
const (
	minRestoreSeconds = 3600
	maxRestoreSeconds = 48 * 3600
	noRTORestore      = 12 * 3600 // where no RTO is declared

	minStartSeconds = 1800
	maxStartSeconds = 4 * 3600

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

// LocalLimits are the bounds of a drill on this machine.
func LocalLimits(o Objectives) Limits {
	return Limits{
		RestoreSeconds: restoreSeconds(o), ValidateSeconds: localValidateSeconds, StatementSeconds: localStatementSeconds,
		RemovalSeconds: localRemovalSeconds, PollSeconds: localPollSeconds,
	}
}

// CloudLimits are the bounds of a drill on AWS.
func CloudLimits(o Objectives) Limits {
	return Limits{
		RestoreSeconds: restoreSeconds(o), ValidateSeconds: cloudValidateSeconds, StatementSeconds: cloudStatementSeconds,
		RemovalSeconds: cloudRemovalSeconds, LateCreationSeconds: cloudLateSeconds, PollSeconds: defaultPollSeconds,
		AwaitEvents: true, StartSeconds: startSeconds(o),
	}
}

// startSeconds is as long as the RTO: whoever has waited longer has missed it.
// Half an hour at least, because a restore that misses its target is still worth
// measuring.
func startSeconds(o Objectives) float64 {
	return min(max(o.RTOSeconds, minStartSeconds), maxStartSeconds)
}

// restoreSeconds is twice the RTO, and an hour at least: a restore that misses
// its target is still worth measuring.
func restoreSeconds(o Objectives) float64 {
	if o.RTOSeconds <= 0 {
		return noRTORestore
	}
	return min(max(2*o.RTOSeconds, minRestoreSeconds), maxRestoreSeconds)
}

// BuiltInChecks are the proof checks that databases with SQL can get besides
// the plan's own, which decides what of them is on: they find damage that no
// count of rows shows.
func BuiltInChecks() []Check {
	return []Check{
		{Name: "every table can be read to its end", Kind: CheckHeapRead, Stage: Proof},
		{Name: "no index is invalid", Kind: CheckIndexes, Stage: Proof},
		{Name: "tables and indexes agree (amcheck)", Kind: CheckAmcheck, Stage: Proof},
	}
}
