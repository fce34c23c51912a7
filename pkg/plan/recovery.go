package plan

// Recovering says how the recoveries of the deployment go: what is the same for all
// workloads.
type Recovering struct {
	// Schedule of the exercises; "none": there are only those that somebody starts.
	Schedule string `yaml:"schedule" json:"schedule,omitempty" jsonschema:"description=When all workloads that declare a recovery are exercised: cron(...) or rate(...) as EventBridge Scheduler takes them or none. Default: on a day of each month."`
	// Decision is how long a failed recovery waits for a person.
	Decision Duration `yaml:"decision" json:"decision,omitzero" jsonschema:"description=How long a failover in which a step failed waits for somebody to decide (retry or skip or abort) once nothing else is to be done. Default 60m; an exercise waits 10m at most."`
	// Network from which sql checks reach what a failover recovered.
	Network *RecoveryNetwork `yaml:"network" json:"network,omitempty" jsonschema:"description=Subnets and security groups in the recovery region from which sql-check steps reach what a failover recovered. Required for sql-check steps on AWS."`
}

// RecoveryNetwork is the team's own network in the recovery region.
type RecoveryNetwork struct {
	Subnets        []string `yaml:"subnets" json:"subnets" jsonschema:"required,description=Ids of subnets; subnet-..."`
	SecurityGroups []string `yaml:"securityGroups" json:"securityGroups" jsonschema:"required,description=Ids of security groups; sg-..."`
}

// Step of a recovery. Which keys it may have its kind says: see StepKinds.
type Step struct {
	Name    string   `yaml:"name" json:"name" jsonschema:"required,description=Unique in the workload."`
	Kind    string   `yaml:"kind" json:"kind" jsonschema:"required"`
	After   []string `yaml:"after" json:"after,omitempty" jsonschema:"description=Names of steps that must have succeeded; of another workload as workload/step."`
	Timeout Duration `yaml:"timeout" json:"timeout,omitzero" jsonschema:"description=How long one attempt may take. Default by kind."`
	// Exercise false leaves the step out of exercises, which say so.
	Exercise *bool `yaml:"exercise" json:"exercise,omitempty" jsonschema:"description=false leaves it out of exercises which say so. Default true."`

	Database string `yaml:"database" json:"database,omitempty" jsonschema:"description=restore; promote-replica; endpoint; sql-check; protect: a database of the workload."`

	Stacks  []string `yaml:"stacks" json:"stacks,omitempty" jsonschema:"description=validate: CloudFormation stacks that must be there in the recovery region."`
	Secrets []string `yaml:"secrets" json:"secrets,omitempty" jsonschema:"description=validate: secrets that must be there in the recovery region."`
	Images  []string `yaml:"images" json:"images,omitempty" jsonschema:"description=validate: images of ECR that must be there in the recovery region; with a tag or digest."`

	Store string `yaml:"store" json:"store,omitempty" jsonschema:"enum=ssm,enum=secretsmanager,description=endpoint: where the application finds the recovered database. Default ssm; a file for kind postgres."`

	Function string         `yaml:"function" json:"function,omitempty" jsonschema:"description=invoke on AWS: ARN of a Lambda function in the recovery region."`
	Payload  map[string]any `yaml:"payload" json:"payload,omitempty" jsonschema:"description=invoke: what the function is told beside what lifeboat tells it."`
	Command  []string       `yaml:"command" json:"command,omitempty" jsonschema:"description=invoke on this machine: program and arguments; relative to the plan file."`

	For Duration `yaml:"for" json:"for,omitzero" jsonschema:"description=wait: how long."`

	URL      string `yaml:"url" json:"url,omitempty" jsonschema:"description=http-check: http or https."`
	Status   int    `yaml:"status" json:"status,omitempty" jsonschema:"description=http-check: the status that is expected. Default any of 200 to 299."`
	Contains string `yaml:"contains" json:"contains,omitempty" jsonschema:"description=http-check: what the first 64 KiB of the body must contain."`

	SQL    string  `yaml:"sql" json:"sql,omitempty" jsonschema:"description=sql-check: one query. Default: the gate checks of the database."`
	Expect *Expect `yaml:"expect" json:"expect,omitempty" jsonschema:"description=sql-check with sql: what its answer must be."`
}

// DatabaseRecovery says what a failover makes of a database.
type DatabaseRecovery struct {
	Target *RecoveryTarget `yaml:"target" json:"target,omitempty"`
}

// RecoveryTarget is the recovered database.
type RecoveryTarget struct {
	Identifier         string            `yaml:"identifier" json:"identifier" jsonschema:"required,description=Identifier of the recovered DB instance. It must not begin as lifeboat's throwaways do."`
	InstanceClass      string            `yaml:"instanceClass" json:"instanceClass,omitempty" jsonschema:"description=Default: as the backup."`
	MultiAZ            *bool             `yaml:"multiAz" json:"multiAz,omitempty" jsonschema:"description=Default true."`
	SubnetGroup        string            `yaml:"subnetGroup" json:"subnetGroup" jsonschema:"required,description=DB subnet group in the recovery region."`
	SecurityGroups     []string          `yaml:"securityGroups" json:"securityGroups" jsonschema:"required,description=Ids of security groups in the recovery region."`
	ParameterGroup     string            `yaml:"parameterGroup" json:"parameterGroup,omitempty" jsonschema:"description=Default: the engine's."`
	OptionGroup        string            `yaml:"optionGroup" json:"optionGroup,omitempty" jsonschema:"description=Default: the engine's."`
	KMSKey             string            `yaml:"kmsKey" json:"kmsKey,omitempty" jsonschema:"description=ARN or alias. Default: the key of the recovery point."`
	BackupRetention    Duration          `yaml:"backupRetention" json:"backupRetention,omitzero" jsonschema:"description=Of automated backups; whole days; 1d to 35d. Default 7d."`
	DeletionProtection *bool             `yaml:"deletionProtection" json:"deletionProtection,omitempty" jsonschema:"description=Default true."`
	Port               int               `yaml:"port" json:"port,omitempty" jsonschema:"description=Default: the engine's."`
	Tags               map[string]string `yaml:"tags" json:"tags,omitempty" jsonschema:"description=Beside lifeboat's own."`
}
