package protection

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Point is a recovery point, in the vault in which it really lies.
type Point struct {
	ARN, Resource, ResourceType string
	Vault                       string // ARN
	Source                      string // ARN of the vault that it was copied from
	Rule                        string // name of the rule that made it; "" of one on demand
	Status, Message             string
	// Created is the moment of the data: a copy keeps that of its source. Completed is
	// zero until it is whole.
	Created, Completed time.Time
	Deletes            time.Time // zero: never, or not known
	Encrypted          bool
	Key                string // ARN
	Continuous         bool
}

// usable is whether a restore can be made from it, as new as Created says.
func (p Point) usable() bool { return OfPoint(p.Status) == Usable && !p.Completed.IsZero() }

// Job is a backup job.
type Job struct {
	ID, Resource, ResourceType string
	Vault                      string // ARN
	Point                      string // ARN of what it made
	Rule                       string // name; "" of one on demand
	State, Message             string
	Category                   string // of the message: "SUCCESS" is nothing to tell
	Created, Completed         time.Time
}

// Copy is a copy job.
type Copy struct {
	ID, Resource, ResourceType string
	From, To                   string // ARNs of vaults
	Point                      string // ARN of what is copied
	Rule                       string
	State, Message             string
	Created, Completed         time.Time
}

// Vault is a backup vault as it is.
type Vault struct {
	ARN       string
	There     bool
	AirGapped bool
	Made      time.Time
	Locked    bool
	// LockDate is from when on nobody can remove the lock; zero: it can always be
	// removed.
	LockDate       time.Time
	Min, Max       time.Duration // of the lock; zero: it has none
	Key            string        // ARN; "": AWS's own
	DeniesDeletion bool          // its access policy does, to everybody
}

// Window is the time to which an instance's own automated backups can be restored.
type Window struct {
	Latest    time.Time // zero: there is none yet
	Retention int       // days; 0: they are off
	Status    string
}

// Part is one of the things that are asked.
type Part string

// Parts. What is asked where the databases are begins with "primary".
const (
	Jobs         Part = "primary backup jobs"
	CopyJobs     Part = "primary copy jobs"
	BackupPoints Part = "primary recovery points"
	BackupVault  Part = "primary vault"
	Native       Part = "primary automated backups"
	OptIns       Part = "primary opt-ins"
	Buckets      Part = "primary notifications of buckets"
	CopyPoints   Part = "copies"
	CopyVault    Part = "vault of the copies"
	Replicated   Part = "replicated automated backups"
)

// InPrimary are the parts that are asked where the databases are.
var InPrimary = []Part{Jobs, CopyJobs, BackupPoints, BackupVault, Native, OptIns, Buckets}

// Seen is what was read of the accounts.
type Seen struct {
	// By the ARN of the resource, newest first.
	Jobs    map[string][]Job
	CopyJob map[string][]Copy
	Backups map[string][]Point // in the vault of the backups
	Copies  map[string][]Point // in the vault of the copies
	// The two vaults.
	BackupVault, CopyVault Vault
	// By the ARN of the instance, in lower case.
	Native, Replicated map[string]Window
	OptedIn            map[string]bool // by AWS Backup's name of the kind of resource
	Events             map[string]bool // by the ARN of the bucket: it sends its events to EventBridge
	// Asked are the parts that were asked and answered: of any other nothing is
	// concluded. Gaps are those that were to be asked and did not answer, and why.
	Asked map[Part]bool
	Gaps  map[Part]drill.Finding
}

// Knows tells whether a part was asked, and answered.
func (s *Seen) Knows(part Part) bool { return s.Asked[part] }
