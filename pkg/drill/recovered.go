package drill

// RecoveredDatabase is a database of a recovery, frozen at its start.
type RecoveredDatabase struct {
	Name   string          `json:"name"` // "workload/database"
	Drill  Spec            `json:"drill"`
	Target *RecoveryTarget `json:"target,omitempty"` // of a failover; nil: the plan has none
	// Replica is the identifier of the read replica in the recovery region; "": none.
	Replica string `json:"replica,omitempty"`
}

// RecoveryTarget is what a failover makes: the plan's recovery.target, complete with
// defaults.
type RecoveryTarget struct {
	Identifier         string            `json:"identifier"`
	InstanceClass      string            `json:"instanceClass,omitempty"` // "": as the backup
	MultiAZ            bool              `json:"multiAz"`
	SubnetGroup        string            `json:"subnetGroup"`
	SecurityGroups     []string          `json:"securityGroups"`
	ParameterGroup     string            `json:"parameterGroup,omitempty"` // "": the engine's
	OptionGroup        string            `json:"optionGroup,omitempty"`
	KMSKey             string            `json:"kmsKey,omitempty"` // "": the one of the recovery point
	BackupDays         int               `json:"backupDays"`       // 1 at least
	DeletionProtection bool              `json:"deletionProtection"`
	Port               int               `json:"port,omitempty"` // 0: the engine's
	Tags               map[string]string `json:"tags,omitempty"`
}
