package seen

import "time"

// BackupPlan of AWS Backup.
type BackupPlan struct {
	ID, Name string
	Rules    []BackupRule
	// Runs are the next ones by AWS's own reading of the schedules, as many as were
	// asked for.
	Runs []BackupRun
}

// BackupRule is one of a plan. A length of zero is not set.
type BackupRule struct {
	ID, Name, Vault    string // Vault is a name, of the plan's account and region
	Schedule, Timezone string // "cron(0 * * * ? *)", "Etc/UTC"
	StartWindow        time.Duration
	CompletionWindow   time.Duration
	Retention          time.Duration // 0: for ever
	ColdAfter          time.Duration // 0: never
	Continuous         bool
	Copies             []BackupCopy
}

// BackupCopy is one that a rule makes of each recovery point.
type BackupCopy struct {
	Vault     string        // ARN
	Retention time.Duration // 0: for ever
	ColdAfter time.Duration // 0: never
}

// BackupRun is one time at which a rule begins.
type BackupRun struct {
	Rule string // id
	At   time.Time
}

// Vault of AWS Backup.
type Vault struct {
	Name, ARN string
	Key       string // ARN of its key; "" where AWS owns it
	State     string // "AVAILABLE"; "" where AWS Backup does not say
	AirGapped bool
	// Locked: nobody deletes recovery points before their time. Until Fixed whoever may
	// can take the lock off; where it is zero, always.
	Locked   bool
	Fixed    time.Time
	Min, Max time.Duration // of the retention that it takes; 0: no bound
	Policy   []byte        // JSON; nil: it has none
	// Topic is told of Events; "" nobody is told of any.
	Topic  string
	Events []string
}

// Instance of RDS with its automated backups.
type Instance struct {
	ARN, ResourceID, Status string
	Retention               time.Duration // of automated backups; 0: there are none
	BackupWindow            string        // "02:00-02:30"
	MaintenanceWindow       string        // "sun:04:00-sun:04:30"
	Latest                  time.Time     // newest point in time; zero: there is none
	Key                     string        // "" it is not encrypted
	Tags                    map[string]string
}

// Replication of automated backups of an instance into another region.
type Replication struct {
	ARN, Status string // "replicating", "pending", ...
	Latest      time.Time
	Retention   time.Duration
}

// Bucket of S3, as far as it keeps what was put there.
type Bucket struct {
	Versioned bool
	// Lock is GOVERNANCE or COMPLIANCE for what is put without a retention of its own;
	// "" none.
	Lock      string
	Retention time.Duration
	// Lockable: it has Object Lock at all.
	Lockable bool
}
