package plan

// Backup is the deployment's backup policy: what lifeboat makes of it, and what
// is there already and only checked.
type Backup struct {
	// Manage is required: making backups costs money, and not making them data.
	Manage *bool `yaml:"manage" json:"manage" jsonschema:"required,description=true: lifeboat makes what is not named here (vaults with their keys; plans; selections). false: it makes nothing and checks what is declared."`
	// Vault and RecoveryVault are existing ones, by name.
	Vault         string `yaml:"vault" json:"vault,omitempty" jsonschema:"description=An existing backup vault in the primary region and account. Default with manage: one that lifeboat makes."`
	RecoveryVault string `yaml:"recoveryVault" json:"recoveryVault,omitempty" jsonschema:"description=An existing backup vault where copies come to (recovery region and account). Default with manage: one that lifeboat makes."`
	Plan          string `yaml:"plan" json:"plan,omitempty" jsonschema:"description=The id of an existing backup plan: it is compared with the rules and never changed."`

	Immutability string   `yaml:"immutability" json:"immutability,omitempty" jsonschema:"enum=none,enum=governance,enum=compliance,enum=air-gapped,description=Lock of the vaults. Default with manage: governance. governance does not stop an administrator; compliance cannot be undone by anybody once its grace period ended."`
	Lock         *Lock    `yaml:"lock" json:"lock,omitempty" jsonschema:"description=Bounds of the lock. Default: from the shortest to the longest retention of the rules; with a grace of 3d."`
	Retention    Duration `yaml:"retention" json:"retention,omitzero" jsonschema:"description=How long a rule keeps its recovery points where it does not say itself; whole days. Default 35d."`

	// Rules and PointInTime are of every database that does not say its own.
	PointInTime string       `yaml:"pointInTime" json:"pointInTime,omitempty" jsonschema:"enum=none,enum=native,enum=replicated,description=See databases[].backup.pointInTime."`
	Rules       []BackupRule `yaml:"rules" json:"rules,omitempty" jsonschema:"description=Rules of AWS Backup for every database that has none of its own. Default with manage: derived from the RPO."`

	// Tagged adds what carries all of these tags to what the plan names.
	Tagged map[string]string `yaml:"tagged" json:"tagged,omitempty" jsonschema:"description=With manage: resources that carry all of these tags are backed up by the rules as well. Copies of drills never are."`
}

// Words of Backup.Immutability.
const (
	ImmutabilityNone       = "none"
	ImmutabilityGovernance = "governance"
	ImmutabilityCompliance = "compliance"
	ImmutabilityAirGapped  = "air-gapped"
)

// Lock is that of a backup vault. A job whose recovery point would be kept for
// less than Min or longer than Max fails.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
type Lock struct {
	Min   Duration `yaml:"min" json:"min,omitzero" jsonschema:"description=Shortest retention that the vault takes; whole days."`
	Max   Duration `yaml:"max" json:"max,omitzero" jsonschema:"description=Longest retention that the vault takes; whole days."`
	Grace Duration `yaml:"grace" json:"grace,omitzero" jsonschema:"description=compliance: how long the lock can still be removed; whole days and 3d at least. Default 3d."`
}

// BackupRule is one of a backup plan of AWS Backup.
type BackupRule struct {
	Name             string   `yaml:"name" json:"name" jsonschema:"required,description=Unique among the rules of the database."`
	Schedule         string   `yaml:"schedule" json:"schedule" jsonschema:"required,description=cron(min hour day month weekday year) in UTC as AWS Backup takes it; at most hourly."`
	StartWindow      Duration `yaml:"startWindow" json:"startWindow,omitzero" jsonschema:"description=Within which the backup starts after its scheduled time; 60m at least. Default 60m; AWS's own default is 8h."`
	CompletionWindow Duration `yaml:"completionWindow" json:"completionWindow,omitzero" jsonschema:"description=Within which it must be complete after it started. Default 7d as AWS's."`
	Retention        Duration `yaml:"retention" json:"retention,omitzero" jsonschema:"description=How long the recovery point is kept; whole days. Default backup.retention."`
	ColdAfter        Duration `yaml:"coldAfter" json:"coldAfter,omitzero" jsonschema:"description=When it moves to cold storage; whole days; only for kinds that have any. Default: never."`
	Copy             *bool    `yaml:"copy" json:"copy,omitempty" jsonschema:"description=Copy each recovery point to the vault of the recovery region or account. Default: true where the plan names one."`
	CopyRetention    Duration `yaml:"copyRetention" json:"copyRetention,omitzero" jsonschema:"description=How long the copy is kept; whole days. Default: as the recovery point."`
	Continuous       bool     `yaml:"continuous" json:"continuous,omitempty" jsonschema:"description=Continuous backup by AWS Backup: a point in time within 35d. It is never copied as such and takes over the window of the automated backups."`
}

// Words of DatabaseBackup.PointInTime.
const (
	PointInTimeNone       = "none"
	PointInTimeNative     = "native"
	PointInTimeReplicated = "replicated"
)

// DatabaseBackup is what backs up one database, besides the deployment's policy.
type DatabaseBackup struct {
	PointInTime       string       `yaml:"pointInTime" json:"pointInTime,omitempty" jsonschema:"enum=none,enum=native,enum=replicated,description=AWS kinds: automated backups of the database itself. native: any point in time in its own region. replicated: replicated into the recovery region as well. lifeboat does not own the database: it checks them and prints the command. Default with manage: derived from the RPO."`
	Rules             []BackupRule `yaml:"rules" json:"rules,omitempty" jsonschema:"description=AWS kinds: rules of AWS Backup for this database in the place of backup.rules."`
	MaintenanceWindow string       `yaml:"maintenanceWindow" json:"maintenanceWindow,omitempty" jsonschema:"description=AWS kinds: the weekly maintenance window of the database in UTC such as sun:04:00-sun:04:30. Backups that start in it or in the hour before it fail. Default: assumed to lie where it harms most."`
	AutomatedWindow   string       `yaml:"automatedWindow" json:"automatedWindow,omitempty" jsonschema:"description=AWS kinds: the daily window of the automated backups in UTC such as 02:00-02:30."`
	Bucket            *DumpBucket  `yaml:"bucket" json:"bucket,omitempty" jsonschema:"description=Kind postgres: the S3 bucket that the dumps are kept in."`
}

// DumpBucket keeps dumps, of kind postgres.
type DumpBucket struct {
	Name string `yaml:"name" json:"name" jsonschema:"required,description=Name of the bucket."`
	// Manage: lifeboat makes it, in the recovery region.
	Manage     bool     `yaml:"manage" json:"manage,omitempty" jsonschema:"description=true: lifeboat makes the bucket where it is deployed. Default: it is there and only checked."`
	ObjectLock string   `yaml:"objectLock" json:"objectLock,omitempty" jsonschema:"enum=none,enum=governance,enum=compliance,description=Object Lock of what is written. Default governance."`
	Retention  Duration `yaml:"retention" json:"retention,omitzero" jsonschema:"description=For how long; whole days. Default 35d."`
}

// Assumptions are figures of a recovery that are taken for granted until drills
// measure them. Those of a database stand in the place of its workload's.
type Assumptions struct {
	Restore     Duration `yaml:"restore" json:"restore,omitzero" jsonschema:"description=From the start of a restore until the data answers its gate checks. Default: unknown; then the recovery time is not judged before drills measured it."`
	Promotion   Duration `yaml:"promotion" json:"promotion,omitzero" jsonschema:"description=Until a replica is promoted and writes. Default 10m."`
	WarmUp      Duration `yaml:"warmUp" json:"warmUp,omitzero" jsonschema:"description=Until what was restored or promoted serves at its usual speed. Default 0s."`
	Backup      Duration `yaml:"backup" json:"backup,omitzero" jsonschema:"description=How long a backup takes from its start to its completion. Default 30m."`
	Copy        Duration `yaml:"copy" json:"copy,omitzero" jsonschema:"description=How long a copy takes into another region or account. Default 60m."`
	Logs        Duration `yaml:"logs" json:"logs,omitzero" jsonschema:"description=How far the newest point in time lies back. Default 10m: transaction logs are kept every five minutes."`
	Replication Duration `yaml:"replication" json:"replication,omitzero" jsonschema:"description=How far replicated automated backups or a replica lie back. Default 20m for backups and 5m for a replica."`
}

// Topologies, from the cheapest and slowest on.
const (
	BackupRestore = "backup-restore"
	PilotLight    = "pilot-light"
	WarmStandby   = "warm-standby"
	ActivePassive = "active-passive"
	ActiveActive  = "active-active"
)

// Topologies are all of them.
var Topologies = []string{BackupRestore, PilotLight, WarmStandby, ActivePassive, ActiveActive}

// Standby is what stands ready in the recovery region, and how clients get there:
// see Topology for which needs what. A database's replica stands with the database
// (rds.replica).
type Standby struct {
	Services     []string      `yaml:"services" json:"services,omitempty" jsonschema:"description=ARNs of what serves in the recovery region: ECS services or Auto Scaling groups; scaled down where the topology allows."`
	HealthChecks []HealthCheck `yaml:"healthChecks" json:"healthChecks,omitempty" jsonschema:"description=Health checks of Route 53 by which traffic moves."`
	Record       *Record       `yaml:"record" json:"record,omitempty" jsonschema:"description=The name by which clients find the workload."`
	// MonthlyUSD is nil where nobody said: that is not known, and not nothing.
	MonthlyUSD *float64 `yaml:"monthlyUSD" json:"monthlyUSD,omitempty" jsonschema:"description=What the services cost a month as they stand ready; in US dollars. For lifeboat advise only. Default: not known."`
}

// HealthCheck is one of Route 53. The detection of a failure takes Interval times
// Threshold.
type HealthCheck struct {
	ID        string   `yaml:"id" json:"id,omitempty" jsonschema:"description=Id of the health check; known once it is made."`
	Interval  Duration `yaml:"interval" json:"interval" jsonschema:"required,description=10s or 30s."`
	Threshold int      `yaml:"threshold" json:"threshold" jsonschema:"required,description=How many in a row; 1 to 10."`
}

// Record is a name in Route 53.
type Record struct {
	Name string   `yaml:"name" json:"name" jsonschema:"required,description=Such as orders.example.com."`
	Zone string   `yaml:"zone" json:"zone,omitempty" jsonschema:"description=Id of the hosted zone."`
	TTL  Duration `yaml:"ttl" json:"ttl" jsonschema:"required,description=For how long clients keep an answer."`
}

// Managed tells whether lifeboat makes backups at all; of no policy it does not.
func (b *Backup) Managed() bool { return b != nil && b.Manage != nil && *b.Manage }
