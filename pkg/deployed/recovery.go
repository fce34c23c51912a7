package deployed

// RecoveryMachine and RecoveryStepMachine are the machines of recoveries.
func (n Names) RecoveryMachine() string     { return n.Prefix() + "-" + Recovery }
func (n Names) RecoveryStepMachine() string { return n.Prefix() + "-" + RecoveryStep }

// RecoveryMachineARN and RecoveryStepMachineARN are what policies name.
func (n Names) RecoveryMachineARN() string {
	return n.ARN("states", "stateMachine:"+n.RecoveryMachine())
}
func (n Names) RecoveryStepMachineARN() string {
	return n.ARN("states", "stateMachine:"+n.RecoveryStepMachine())
}

// ExerciseRole is what steps of an exercise act as: it makes throwaways only.
// FailoverRole is what those of a failover act as: it makes what the plan names as
// targets, and never a throwaway. The functions themselves may neither.
func (n Names) ExerciseRole() string { return n.Prefix() + "-exercise" }
func (n Names) FailoverRole() string { return n.Prefix() + "-failover" }

// Exercising is the group of the schedule of exercises, and the role that it starts
// them with.
func (n Names) Exercising() string { return n.Prefix() + "-exercising" }

// RoleARN is that of a role of this account.
func (n Names) RoleARN(role string) string { return n.AnyARN("iam", "", n.Account, "role/"+role) }

// Endpoint is where a recovered database is announced, as a parameter of SSM and as
// a secret of Secrets Manager: the application reads it there.
func (n Names) EndpointParameter(workload, database string) string {
	return "/" + n.Prefix() + "/endpoint/" + workload + "/" + database
}
func (n Names) EndpointSecret(workload, database string) string {
	return n.Prefix() + "/endpoint/" + workload + "/" + database
}

// ExerciseEndpointParameter and ExerciseEndpointSecret are those of an exercise: of
// a throwaway's name, gone at its end.
func (n Names) ExerciseEndpointParameter(throwaway string) string {
	return "/" + n.Prefix() + "/exercise/" + throwaway
}
func (n Names) ExerciseEndpointSecret(throwaway string) string {
	return n.Prefix() + "/exercise/" + throwaway
}

// Tags of what was recovered for good. It carries no TagExecution and no name of a
// throwaway's: no drill, sweeper or exercise may touch it.
const (
	TagPurpose       = "lifeboat:purpose"
	PurposeRecovered = "recovered"
	// TagRecovery is the run that made it.
	TagRecovery = "lifeboat:recovery"
	// TagProtect has the rules of the recovery region back it up: Protect sets it, the
	// selection of the backup plan asks for it. Its value is the name of the deployment.
	TagProtect = "lifeboat:protect"
)

// ProtectPlan is the plan of AWS Backup in the recovery region that backs up what
// carries TagProtect with the deployment's name as its value, into the vault of the
// copies (see Vaults): there only where the plan has lifeboat manage backups.
// ProtectRole is what AWS Backup acts as there, for the plan's jobs and the first one.
func (n Names) ProtectPlan() string { return n.Prefix() + "-recovered" }
func (n Names) ProtectRole() string { return n.Prefix() + "-recovered" }

// RecoveredAlarm watches a recovered database; RecoveredAlarms is the pattern of all.
func (n Names) RecoveredAlarm(identifier, what string) string {
	return n.Prefix() + "-recovered-" + identifier + "-" + what
}
func (n Names) RecoveredAlarms() string {
	return n.ARN("cloudwatch", "alarm:"+n.Prefix()+"-recovered-*")
}
