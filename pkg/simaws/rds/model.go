package rds

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Instance is a DB instance. The exported fields are set when it is added;
// zero takes what AWS would.
type Instance struct {
	Identifier, ARN, ResourceID, Class, Engine, EngineVersion string

	MasterUser, Database string
	StorageGiB           int
	StorageType          string // default gp3
	SubnetGroup          string
	SecurityGroups       []string
	ParameterGroup       string
	OptionGroup          string
	Public               bool
	RetentionDays        int // of backups; 0: none
	DeletionProtection   bool
	MultiAZ              bool
	IAMAuthentication    bool
	CopyTagsToSnapshot   bool
	MinorUpgrades        bool
	LifecycleSupport     string
	KMSKey               string // empty: not encrypted
	Tags                 []Tag
	LogsStoppedAt        time.Time // transaction logs reach S3 no more; zero: they do
	Created              time.Time
	RestoredFrom         string // id of the recovery point; empty: it was not restored
	Cluster              string // that it is a member of; empty: of none
	// ReplicaOf is the ARN, or in its own region the identifier, of the instance that
	// it replicates; empty: it is no replica, or was promoted. Replication says how it
	// goes: default replicating; error, stopped, terminated.
	ReplicaOf, Replication string
	ReplicaLag             time.Duration // how far it is behind, while it replicates
	// MaintenanceWindow, weekly, and BackupWindow of the automated backups, daily, in
	// UTC; default sat:22:00-sat:22:30 and 01:30-02:00.
	MaintenanceWindow, BackupWindow string

	statuses     []status // in the order of their times
	appearsAt    time.Time
	hydratedAt   time.Time
	secretARN    string
	secretStatus string
	host         string
	port         int
	deleted      bool
	goneAt       time.Time // zero: it exists
	promoting    bool
	generation   int // of its lifecycle: a deletion ends the one before
}

type status struct {
	at   time.Time
	name string
}

// Snapshot is a DB snapshot.
type Snapshot struct {
	Identifier, ARN, Instance, ResourceID string
	Type                                  string // automated, manual, awsbackup; seen as shared by others
	Status                                string // default available
	Engine, EngineVersion, MasterUser     string
	StorageGiB                            int
	StorageType                           string // default gp3
	KMSKey, OptionGroup                   string
	DatabaseTime                          time.Time // whose data it holds
	Created                               time.Time // of this snapshot: of a copy, when it was copied
	SourceRegion, SourceSnapshot          string    // of a copy: region and ARN of the original
	SharedWith                            []string  // accounts
	Tags                                  []Tag
	RetentionDays                         int // of the source
}

// AutomatedBackup is the continuous backup of an instance: its own in its
// region, or a replica of it in another.
type AutomatedBackup struct {
	ARN, Instance, InstanceARN, ResourceID string
	Engine, EngineVersion, MasterUser      string
	Status                                 string // active, retained, replicating
	StorageGiB                             int
	StorageType                            string // default gp3
	KMSKey, OptionGroup                    string
	RetentionDays                          int
	SourceRegion                           string
	Earliest                               time.Time
	Lag                                    time.Duration // how far the logs are behind
	StoppedAt                              time.Time     // no more logs arrive; zero: they do
	Tags                                   []Tag
}

// SubnetGroup is a DB subnet group.
type SubnetGroup struct {
	Name, VPC string
	Zones     []string // of its subnets; none: two of the region's
	// Public: an instance in it gets a public address unless the call says no.
	Public bool
}

// ParameterGroup is a DB parameter group.
type ParameterGroup struct{ Name, Family string }

// OptionGroup is an option group.
type OptionGroup struct {
	Name, Engine, Version string
	Options               []Option
}

// AddInstance adds an instance that is available.
func (s *Service) AddInstance(account, regionName string, i Instance) *Instance {
	r := s.at(account, regionName)
	i.complete(r, s.next())
	i.Created = s.o.Clock.Now().Add(-365 * 24 * time.Hour)
	i.statuses = []status{{i.Created, "available"}}
	r.instances = append(r.instances, &i)
	return &i
}

// AddSnapshot adds a snapshot.
func (s *Service) AddSnapshot(account, regionName string, snapshot Snapshot) *Snapshot {
	r := s.at(account, regionName)
	if snapshot.ARN == "" {
		snapshot.ARN = r.arn("snapshot", snapshot.Identifier)
	}
	if snapshot.Status == "" {
		snapshot.Status = "available"
	}
	r.snapshots = append(r.snapshots, &snapshot)
	return &snapshot
}

// AddBackup adds a continuous backup.
func (s *Service) AddBackup(account, regionName string, b AutomatedBackup) *AutomatedBackup {
	r := s.at(account, regionName)
	if b.ARN == "" {
		b.ARN = r.arn("auto-backup", fmt.Sprintf("ab-%026d", s.next()))
	}
	r.backups = append(r.backups, &b)
	return &b
}

// AddGroups adds what a restore may name.
func (s *Service) AddGroups(account, regionName string, subnets []SubnetGroup, parameters []ParameterGroup, options []OptionGroup) {
	r := s.at(account, regionName)
	r.subnetGroups = append(r.subnetGroups, subnets...)
	r.parameterGroups = append(r.parameterGroups, parameters...)
	r.optionGroups = append(r.optionGroups, options...)
}

// Replace deletes an instance, as if so long ago, with its automated backups
// retained (replicated ones are, whatever the call says), and makes another of
// the same name at once: all that is kept of the old one stays under the name.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html
func (s *Service) Replace(account, regionName, name string, with Instance, ago time.Duration) *Instance {
	at := s.o.Clock.Now().Add(-ago)
	old := s.at(account, regionName).instance(name)
	kept := s.ownBackup(old)
	r := s.at(account, regionName)
	r.backups = append(r.backups, kept)
	for _, region := range s.sortedRegions() {
		for _, b := range region.backups {
			if b.ResourceID == old.ResourceID {
				b.Status, b.StoppedAt = "retained", at
			}
		}
	}
	r.instances = slices.DeleteFunc(r.instances, func(i *Instance) bool { return i == old })
	with.Identifier = name
	made := s.AddInstance(account, regionName, with)
	made.Created = at
	made.statuses[0].at = at
	return made
}

// Instances lists what exists in a region, whoever may see it yet.
func (s *Service) Instances(account, regionName string) []*Instance {
	return s.at(account, regionName).instances
}

func (s *Service) next() int {
	s.count++
	return s.count
}

func (i *Instance) complete(r *region, number int) {
	i.ARN = r.arn("db", i.Identifier)
	if i.ResourceID == "" {
		i.ResourceID = fmt.Sprintf("db-%026d", number)
	}
	for _, field := range []struct {
		value    *string
		fallback string
	}{
		{&i.Engine, "postgres"}, {&i.EngineVersion, "15.7"}, {&i.Class, "db.t4g.medium"}, {&i.MasterUser, "postgres"},
		{&i.SubnetGroup, "default"}, {&i.LifecycleSupport, "open-source-rds-extended-support"}, {&i.StorageType, "gp3"},
		{&i.MaintenanceWindow, "sat:22:00-sat:22:30"}, {&i.BackupWindow, "01:30-02:00"},
	} {
		if *field.value == "" {
			*field.value = field.fallback
		}
	}
	if i.ParameterGroup == "" {
		i.ParameterGroup = "default." + family(i.Engine, i.EngineVersion)
	}
	if i.OptionGroup == "" {
		i.OptionGroup = "default:" + i.Engine + "-" + strings.ReplaceAll(majorOf(i.Engine, i.EngineVersion), ".", "-")
	}
	if i.StorageGiB == 0 {
		i.StorageGiB = 100
	}
	if i.SecurityGroups == nil {
		i.SecurityGroups = []string{"sg-default"}
	}
	i.host = i.Identifier + ".c0ffee000000." + r.region + ".rds.amazonaws.com"
	i.port = map[bool]int{true: 5432, false: 3306}[i.Engine == "postgres"]
}

// Tag returns the value of a tag, or "".
func (i *Instance) Tag(key string) string {
	for _, t := range i.Tags {
		if t.Key == key {
			return t.Value
		}
	}
	return ""
}

// RestoredTime is how long all restored instances together existed, until now:
// what is billed.
func (s *Service) RestoredTime() time.Duration {
	var total time.Duration
	for _, i := range s.restored {
		end := i.goneAt
		if end.IsZero() {
			end = s.o.Clock.Now()
		}
		total += end.Sub(i.Created)
	}
	return total
}

// RestoredStorageGiB is the storage of the newest restored instance.
func (s *Service) RestoredStorageGiB() int {
	if len(s.restored) == 0 {
		return 0
	}
	return s.restored[len(s.restored)-1].StorageGiB
}
