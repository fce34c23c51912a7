// Package plan is what a team declares: which databases must come back, how
// fast (RTO), how fresh (RPO), and what must be true of the restored data.
//
// It is pure: types, defaults, validation and the hash. Reading lifeboat.yaml,
// with positions, is pkg/planfile's.
package plan

// Plan is a whole lifeboat.yaml. The yaml tags are its grammar; anything else
// in the file is refused.
type Plan struct {
	Version    int         `yaml:"version" json:"version" jsonschema:"required,enum=1,description=Version of the plan's grammar: 1."`
	Deployment string      `yaml:"deployment" json:"deployment" jsonschema:"required,description=Names and tags everything that lifeboat makes: lifeboat-<deployment>-<12 hex>. Lowercase letters and digits and single hyphens; 40 characters at most and less where the longest name on AWS leaves less (26 to 31 by the length of the region)."`
	Notify     []string    `yaml:"notify" json:"notify,omitempty" jsonschema:"description=E-mail addresses that are woken by what cannot wait. Required for kinds on AWS."`
	Tickets    []string    `yaml:"tickets" json:"tickets,omitempty" jsonschema:"description=E-mail addresses that hear of what can wait until the morning. Default: those of notify. Used for kinds on AWS."`
	Regions    *Regions    `yaml:"regions" json:"regions,omitempty" jsonschema:"description=Where the databases live and where they would be recovered. Required for kinds on AWS; not used by kind postgres."`
	Accounts   *Accounts   `yaml:"accounts" json:"accounts,omitempty" jsonschema:"description=AWS accounts where the databases live and where they would be recovered. Not used by kind postgres."`
	Evidence   *Evidence   `yaml:"evidence" json:"evidence,omitempty"`
	Backup     *Backup     `yaml:"backup" json:"backup,omitempty" jsonschema:"description=The backup policy of the databases on AWS. Without it nothing is made or judged that backs them up."`
	Recovery   *Recovering `yaml:"recovery" json:"recovery,omitempty" jsonschema:"description=How recoveries go: what is the same for all workloads."`
	Workloads  []Workload  `yaml:"workloads" json:"workloads" jsonschema:"required,description=What must be recoverable."`

	Tags map[string]string `yaml:"tags" json:"tags,omitempty" jsonschema:"description=Tags of everything that lifeboat makes on AWS: every resource of the stacks and every copy. Not used by kind postgres."`
}

// Regions are AWS region names.
type Regions struct {
	Primary  string `yaml:"primary" json:"primary" jsonschema:"required,description=AWS region of the databases."`
	Recovery string `yaml:"recovery" json:"recovery,omitempty" jsonschema:"description=AWS region to recover in; its backups count when the primary region is lost."`
	// Zones of the copies' network; empty: the first three of the region.
	Zones []string `yaml:"zones" json:"zones,omitempty" jsonschema:"description=Availability zones of the network that copies are made in; in the region of the drill; two to six. Default: the first three that the account has."`
}

// Accounts are AWS account ids.
type Accounts struct {
	Primary  string `yaml:"primary" json:"primary" jsonschema:"required,pattern=^[0-9]{12}$,description=AWS account of the databases; 12 digits in quotes."`
	Recovery string `yaml:"recovery" json:"recovery,omitempty" jsonschema:"pattern=^[0-9]{12}$,description=AWS account to recover in; its backups count when the primary account is lost. 12 digits in quotes."`
}

// Evidence says how the records of drills are kept.
type Evidence struct {
	Retention Duration `yaml:"retention" json:"retention" jsonschema:"required,description=How long the evidence of a drill on AWS cannot be removed; 1d at least. Default 400d."`
}

// Workload is a set of databases with common objectives.
type Workload struct {
	Name        string      `yaml:"name" json:"name" jsonschema:"required,description=Unique in the plan."`
	Owner       string      `yaml:"owner" json:"owner,omitempty" jsonschema:"description=The team that answers for it."`
	Topology    string      `yaml:"topology" json:"topology" jsonschema:"enum=backup-restore,enum=pilot-light,enum=warm-standby,enum=active-passive,enum=active-active,description=How it would be recovered. Default backup-restore."`
	Objectives  Objectives  `yaml:"objectives" json:"objectives" jsonschema:"required"`
	Allowances  Allowances  `yaml:"allowances" json:"allowances,omitzero"`
	Assumptions Assumptions `yaml:"assumptions" json:"assumptions,omitzero"`
	Standby     *Standby    `yaml:"standby" json:"standby,omitempty" jsonschema:"description=What stands ready in the recovery region and how clients get there. Which topology needs what: docs/topologies.md."`
	Databases   []Database  `yaml:"databases" json:"databases" jsonschema:"required"`
	Recovery    *Recovery   `yaml:"recovery" json:"recovery,omitempty"`
}

// Objectives are the targets. Both are required: a drill without a target
// proves nothing against it.
type Objectives struct {
	RTO Duration `yaml:"rto" json:"rto" jsonschema:"required,description=Recovery time objective: how long the service may be gone. The restore may take what the allowances leave of it."`
	RPO Duration `yaml:"rpo" json:"rpo" jsonschema:"required,description=Recovery point objective: how old the recovered data may be."`
}

// Allowances are the parts of a recovery that a drill cannot see: declared, not
// measured. What they leave of the RTO is the budget of what a drill measures.
type Allowances struct {
	Detection Duration `yaml:"detection" json:"detection,omitzero" jsonschema:"description=Until somebody knows. Counts against the RTO; declared and not measured."`
	Decision  Duration `yaml:"decision" json:"decision,omitzero" jsonschema:"description=Until somebody decides to recover. Counts against the RTO; declared and not measured."`
	DNS       Duration `yaml:"dns" json:"dns,omitzero" jsonschema:"description=Until clients find the recovered system. Counts against the RTO; declared and not measured."`
}

// Recovery is the dependency graph of a recovery.
type Recovery struct {
	Steps []Step `yaml:"steps" json:"steps" jsonschema:"required,description=The dependency graph of the recovery. Steps without after begin at once."`
}

// Database is one thing to restore.
type Database struct {
	Name string `yaml:"name" json:"name" jsonschema:"required,description=Unique in the workload."`
	Kind string `yaml:"kind" json:"kind" jsonschema:"required"`

	// The blocks of the kinds. They are grammar: a normalised plan has none, see
	// folded.
	Postgres *Postgres `yaml:"postgres" json:"-"`
	RDS      *RDS      `yaml:"rds" json:"-"`

	// What the blocks hold: where the rest of lifeboat reads it. As keys of the
	// file these are the flat form, of before there were blocks.
	Replica string `yaml:"replica" json:"replica,omitempty" jsonschema:"description=Kind rds-instance: the identifier of its read replica in the recovery region. Required by every topology but backup-restore."`
	Source  string `yaml:"source" json:"source,omitempty" jsonschema:"description=The AWS identifier of the database; for kind rds-instance the DB instance identifier. Not for kind postgres."`

	Backups  string            `yaml:"backups" json:"backups,omitempty" jsonschema:"description=Kind postgres: a glob; each match is one candidate backup. Relative to the plan file."`
	Binaries string            `yaml:"binaries" json:"binaries,omitempty" jsonschema:"description=Kind postgres: a folder with PostgreSQL's programs before all others. Relative to the plan file."`
	Database string            `yaml:"database" json:"database,omitempty" jsonschema:"description=The database that the checks connect to. Default for kind postgres: the dumped one or postgres for a base backup; for kind rds-instance: the one that the instance was made with; else the engine's own."`
	User     string            `yaml:"user" json:"user,omitempty" jsonschema:"description=Kind postgres: a superuser of the restored cluster; default: found out. Login iam: the database user that logs in with IAM tokens; required."`
	Login    string            `yaml:"login" json:"login,omitempty" jsonschema:"enum=managed-password,enum=iam,description=AWS kinds with SQL: how the checks get in. managed-password (default): RDS makes a master password after the restore and the time for it is not recovery time. iam: a database user with IAM authentication."`
	Scratch  string            `yaml:"scratch" json:"scratch,omitempty" jsonschema:"description=Kind postgres: where throwaway servers live. Default: scratch in the state folder. Relative to the plan file."`
	TimeZone string            `yaml:"timeZone" json:"timeZone,omitempty" jsonschema:"description=Kind postgres: IANA time zone of backup times that are recorded without a reliable zone."`
	Trust    string            `yaml:"trust" json:"trust,omitempty" jsonschema:"enum=backup,description=Kind postgres: backup lets code in the backup run without a sandbox on machines that have none (macOS and old kernels). Default: a drill is refused there."`
	Settings map[string]string `yaml:"settings" json:"settings,omitempty" jsonschema:"description=Kind postgres: settings of the throwaway server such as shared_buffers."`

	Limits        Limits            `yaml:"limits" json:"limits,omitzero"`
	BuiltinChecks BuiltinChecks     `yaml:"builtinChecks" json:"builtinChecks,omitzero"`
	Drill         Drill             `yaml:"drill" json:"drill,omitzero"`
	Backup        *DatabaseBackup   `yaml:"backup" json:"backup,omitempty"`
	Assumptions   Assumptions       `yaml:"assumptions" json:"assumptions,omitzero"`
	Recovery      *DatabaseRecovery `yaml:"recovery" json:"recovery,omitempty" jsonschema:"description=Kind rds-instance: what a failover makes of it."`
	Checks        []Check           `yaml:"checks" json:"checks" jsonschema:"description=At least one. On AWS at least one of stage gate or a customCheck."`
	CustomCheck   *CustomCheck      `yaml:"customCheck" json:"customCheck,omitempty"`
}

// Limits bound the waits of one drill; zero takes the kind's default.
type Limits struct {
	Restore   Duration `yaml:"restore" json:"restore,omitzero" jsonschema:"description=From the restore request until the copy must be available. AWS kinds: 48h at most."`
	Validate  Duration `yaml:"validate" json:"validate,omitzero" jsonschema:"description=For all checks of one call. AWS kinds: 840s at most."`
	Removal   Duration `yaml:"removal" json:"removal,omitzero" jsonschema:"description=From the removal request until the copy must be gone."`
	Statement Duration `yaml:"statement" json:"statement,omitzero" jsonschema:"description=For one statement of a check. AWS kinds: 600s at most."`
}

// BuiltinChecks switches the proof checks that a kind brings. Default: on for
// kind postgres, off for all others: on RDS a deep read pulls every block out
// of S3, which takes long and costs money.
type BuiltinChecks struct {
	HeapRead       *bool `yaml:"heapRead" json:"heapRead,omitempty" jsonschema:"description=Read every table to its end. Default true for kind postgres; else false."`
	InvalidIndexes *bool `yaml:"invalidIndexes" json:"invalidIndexes,omitempty" jsonschema:"description=No index is marked invalid. Default true for kind postgres; else false."`
	Amcheck        *bool `yaml:"amcheck" json:"amcheck,omitempty" jsonschema:"description=Verify tables and B-tree indexes with amcheck where it is available. Default true for kind postgres; else false."`
}

// A scenario decides which backups count.
const (
	ScenarioRegionLoss    = "region-loss"
	ScenarioAccountLoss   = "account-loss"
	ScenarioOperatorError = "operator-error"
)

// Scenarios are all of them.
var Scenarios = []string{ScenarioRegionLoss, ScenarioAccountLoss, ScenarioOperatorError}

// Kinds of recovery points to restore from.
const (
	FromSnapshot = "snapshot"
	FromPITR     = "pitr"
	FromCopy     = "copy"
)

// TrustBackup lets code in a backup run without a sandbox, where there is none.
const TrustBackup = "backup"

// Ways of the checks into a restored database on AWS.
const (
	LoginManagedPassword = "managed-password"
	LoginIAM             = "iam"
)

// Drill says when and how a database is drilled.
type Drill struct {
	Schedule string `yaml:"schedule" json:"schedule,omitempty" jsonschema:"description=cron(min hour day month weekday year) or rate(n unit) as EventBridge Scheduler takes them."`
	// Every is zero where the default holds: see Drill.Overdue.
	Every    Duration `yaml:"every" json:"every,omitzero" jsonschema:"description=AWS kinds: how long there may be no verdict of a drill before somebody is told that drills stopped happening; longer than the longest interval of the schedule. Default: twice that interval and 1d at least; 35d without a schedule. Required where the schedule comes once only."`
	Scenario string   `yaml:"scenario" json:"scenario,omitempty" jsonschema:"enum=region-loss,enum=account-loss,enum=operator-error,description=Which backups count. Default region-loss where a recovery region is declared; else operator-error."`

	From string `yaml:"from" json:"from,omitempty" jsonschema:"enum=snapshot,enum=pitr,enum=copy,description=AWS kinds: restore from this kind of backup only. snapshot: any snapshot; pitr: a point in time; copy: a snapshot that was copied from another region or account. Default: the newest that counts."`

	InstanceClass  string   `yaml:"instanceClass" json:"instanceClass,omitempty" jsonschema:"description=AWS kinds: class of the throwaway instance such as db.t4g.medium. Default: as the backup."`
	ParameterGroup string   `yaml:"parameterGroup" json:"parameterGroup,omitempty" jsonschema:"description=AWS kinds: in the region of the drill. Default: the engine's."`
	OptionGroup    string   `yaml:"optionGroup" json:"optionGroup,omitempty" jsonschema:"description=AWS kinds: in the region of the drill. Default: the engine's."`
	SubnetGroup    string   `yaml:"subnetGroup" json:"subnetGroup,omitempty" jsonschema:"description=Cannot be chosen: copies are made in the isolated network of the deployment."`
	SecurityGroups []string `yaml:"securityGroups" json:"securityGroups,omitempty" jsonschema:"description=Cannot be chosen: copies are made in the isolated network of the deployment."`
	KMSKey         string   `yaml:"kmsKey" json:"kmsKey,omitempty" jsonschema:"description=AWS kinds: ARN or alias of the key of the backups in the region of the drill. Default: the one that the backup names."`

	Tags map[string]string `yaml:"tags" json:"tags,omitempty" jsonschema:"description=AWS kinds: tags of the copies of this database; added to the plan's and in the place of one of the same key."`
}

// Stages of a check.
const (
	StageGate  = "gate"
	StageProof = "proof"
)

// Check is one question to the restored data, put read-only.
type Check struct {
	Name   string  `yaml:"name" json:"name" jsonschema:"required,description=Unique in the database."`
	Kind   string  `yaml:"kind" json:"kind,omitempty" jsonschema:"description=What the check does. Default sql: it asks a query."`
	SQL    string  `yaml:"sql" json:"sql" jsonschema:"required,description=One query. It gives one value; or rows where expect says rows."`
	Stage  string  `yaml:"stage" json:"stage" jsonschema:"enum=gate,enum=proof,description=gate: must pass before the data may serve; its time counts. proof: timed apart. Default gate."`
	Expect *Expect `yaml:"expect" json:"expect,omitempty" jsonschema:"required"`
}

// CustomCheck is a function of the team's own that judges the copy.
type CustomCheck struct {
	Name     string `yaml:"name" json:"name" jsonschema:"required,description=Unique among the checks of the database."`
	Function string `yaml:"function" json:"function" jsonschema:"required,description=ARN of a Lambda function in the region of the drill; a version or alias may stand at its end."`
}

// Expect is what the answer must be: min and max, or equals, or maxAge, or
// rows.
type Expect struct {
	Min    *float64  `yaml:"min" json:"min,omitempty" jsonschema:"description=The value is at least this."`
	Max    *float64  `yaml:"max" json:"max,omitempty" jsonschema:"description=The value is at most this."`
	Equals any       `yaml:"equals" json:"equals,omitempty" jsonschema:"description=The value is this number or boolean or text."`
	MaxAge *Duration `yaml:"maxAge" json:"maxAge,omitempty" jsonschema:"description=The value is a time that was at most this long ago when the drill started."`
	Rows   *Range    `yaml:"rows" json:"rows,omitempty" jsonschema:"description=The query gives this many rows."`
}

// Range is inclusive; a nil end is open.
type Range struct {
	Min *float64 `yaml:"min" json:"min,omitempty"`
	Max *float64 `yaml:"max" json:"max,omitempty"`
}
