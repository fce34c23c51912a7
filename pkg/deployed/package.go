package deployed

// Files that the deployment puts beside a function's binary.
const (
	// PlanFile is the normalised plan as JSON, for the functions in ReadPlan: so a
	// run depends on no configuration service.
	PlanFile = "plan.json"
	// AuthoritiesFile holds RDS's certificate authorities, for the functions in
	// AskDatabases, in partitions of which lifeboat has none itself.
	AuthoritiesFile = "authorities.pem"
)

// ReadPlan are the functions that read the plan.
var ReadPlan = []string{BackupMonitor, ClaimSlot, Dispatcher, Preflight, PrepareRecovery, ProtectionMonitor, RunStep}

// AskDatabases are the functions that connect to databases.
var AskDatabases = []string{ValidateData, QueryCopy, QueryRecovered}
