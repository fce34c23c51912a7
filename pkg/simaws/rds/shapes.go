package rds

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// The shapes of the API, as XML. Only what the model knows is there; a member
// that is nil is left out, as AWS leaves it out.

type dbInstance struct {
	DBInstanceIdentifier, DBInstanceClass, Engine, DBInstanceStatus, MasterUsername string

	DBName                           *string   `xml:",omitempty"`
	Endpoint                         *endpoint `xml:",omitempty"`
	AllocatedStorage                 int
	StorageType                      string
	InstanceCreateTime               *time.Time `xml:",omitempty"`
	BackupRetentionPeriod            int
	PreferredBackupWindow            string
	PreferredMaintenanceWindow       string
	VpcSecurityGroups                []vpcSecurityGroup `xml:"VpcSecurityGroups>VpcSecurityGroupMembership"`
	DBParameterGroups                []parameterStatus  `xml:"DBParameterGroups>DBParameterGroup"`
	DBSubnetGroup                    dbSubnetGroup
	LatestRestorableTime             *time.Time `xml:",omitempty"`
	MultiAZ                          bool
	EngineVersion                    string
	AutoMinorVersionUpgrade          bool
	OptionGroupMemberships           []optionStatus `xml:"OptionGroupMemberships>OptionGroupMembership"`
	PubliclyAccessible               bool
	StorageEncrypted                 bool
	KmsKeyId                         *string `xml:",omitempty"`
	DbiResourceId                    string
	CopyTagsToSnapshot               bool
	DBInstanceArn                    string
	IAMDatabaseAuthenticationEnabled bool
	DeletionProtection               bool
	TagList                          []Tag         `xml:"TagList>Tag"`
	MasterUserSecret                 *masterSecret `xml:",omitempty"`
	EngineLifecycleSupport           string
	DBClusterIdentifier              *string `xml:",omitempty"`

	ReadReplicaSourceDBInstanceIdentifier *string      `xml:",omitempty"`
	StatusInfos                           []statusInfo `xml:"StatusInfos>DBInstanceStatusInfo,omitempty"`

	StorageOperationStatus          *string `xml:",omitempty"`
	StorageOperationPercentProgress *int    `xml:",omitempty"`
}

// statusInfo is how the replication of a read replica goes.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstanceStatusInfo.html
type statusInfo struct {
	StatusType, Status string
	Normal             bool
}

type endpoint struct {
	Address string
	Port    int
}

type vpcSecurityGroup struct{ VpcSecurityGroupId, Status string }

type parameterStatus struct{ DBParameterGroupName, ParameterApplyStatus string }

type optionStatus struct{ OptionGroupName, Status string }

type masterSecret struct{ SecretArn, SecretStatus string }

type dbSubnetGroup struct {
	DBSubnetGroupName, DBSubnetGroupDescription, VpcId, SubnetGroupStatus, DBSubnetGroupArn string

	Subnets []subnet `xml:"Subnets>Subnet"`
}

type subnet struct {
	SubnetIdentifier, SubnetStatus string
	SubnetAvailabilityZone         zoneName
}

func (s *Service) shown(r *region, i *Instance, status string) dbInstance {
	out := dbInstance{
		DBInstanceIdentifier: i.Identifier, DBInstanceClass: i.Class, Engine: i.Engine, DBInstanceStatus: status, MasterUsername: i.MasterUser,
		DBName: text(i.Database), AllocatedStorage: i.StorageGiB, StorageType: i.StorageType, BackupRetentionPeriod: i.RetentionDays,
		PreferredBackupWindow: i.BackupWindow, PreferredMaintenanceWindow: i.MaintenanceWindow,
		DBParameterGroups: []parameterStatus{{i.ParameterGroup, "in-sync"}}, DBSubnetGroup: r.subnetGroup(i.SubnetGroup),
		MultiAZ: i.MultiAZ, EngineVersion: i.EngineVersion, AutoMinorVersionUpgrade: i.MinorUpgrades,
		OptionGroupMemberships: []optionStatus{{i.OptionGroup, "in-sync"}}, PubliclyAccessible: i.Public,
		StorageEncrypted: i.KMSKey != "", KmsKeyId: text(i.KMSKey), DbiResourceId: i.ResourceID, CopyTagsToSnapshot: i.CopyTagsToSnapshot,
		DBInstanceArn: i.ARN, IAMDatabaseAuthenticationEnabled: i.IAMAuthentication, DeletionProtection: i.DeletionProtection,
		TagList: sortedTags(i.Tags), EngineLifecycleSupport: i.LifecycleSupport, DBClusterIdentifier: text(i.Cluster),
	}
	for _, group := range i.SecurityGroups {
		out.VpcSecurityGroups = append(out.VpcSecurityGroups, vpcSecurityGroup{group, "active"})
	}
	if i.ReplicaOf != "" {
		replication := cmp.Or(i.Replication, "replicating")
		out.ReadReplicaSourceDBInstanceIdentifier = text(i.ReplicaOf)
		out.StatusInfos = []statusInfo{{"read replication", replication, replication == "replicating"}}
	}
	now := s.o.Clock.Now()
	if status != "creating" {
		created := i.Created
		out.Endpoint, out.InstanceCreateTime = &endpoint{i.host, i.port}, &created
	}
	if i.RetentionDays > 0 && status != "creating" && i.Cluster == "" {
		if _, latest := s.restorable(*s.ownBackup(i)); !latest.Before(i.Created) { // else its first backup is still being made
			out.LatestRestorableTime = &latest
		}
	}
	if i.secretARN != "" {
		out.MasterUserSecret = &masterSecret{i.secretARN, i.secretStatus}
	}
	if status == "available" && now.Before(i.hydratedAt) {
		total := i.hydratedAt.Sub(i.statuses[len(i.statuses)-1].at)
		done := min(99, max(0, int(100*(1-i.hydratedAt.Sub(now).Seconds()/max(total.Seconds(), 1)))))
		out.StorageOperationStatus, out.StorageOperationPercentProgress = text("Initializing"), &done
	}
	return out
}

func (r *region) subnetGroup(name string) dbSubnetGroup {
	out := dbSubnetGroup{DBSubnetGroupName: name, DBSubnetGroupDescription: name, VpcId: "vpc-unknown", SubnetGroupStatus: "Complete", DBSubnetGroupArn: r.arn("subgrp", name)}
	zones := []string{r.region + "a", r.region + "b"}
	for _, g := range r.subnetGroups {
		if g.Name == name {
			out.VpcId = g.VPC
			if len(g.Zones) > 0 {
				zones = g.Zones
			}
		}
	}
	for i, zone := range zones {
		out.Subnets = append(out.Subnets, subnet{fmt.Sprintf("subnet-%s-%d", name, i+1), "Active", zoneName{zone}})
	}
	return out
}

type dbSnapshot struct {
	DBSnapshotIdentifier, DBInstanceIdentifier, Engine, Status, MasterUsername, EngineVersion, SnapshotType string

	SnapshotCreateTime         *time.Time `xml:",omitempty"`
	OriginalSnapshotCreateTime *time.Time `xml:",omitempty"`
	SnapshotDatabaseTime       *time.Time `xml:",omitempty"`
	AllocatedStorage           int
	StorageType                string
	OptionGroupName            *string `xml:",omitempty"`
	PercentProgress            int
	SourceRegion               *string `xml:",omitempty"`
	SourceDBSnapshotIdentifier *string `xml:",omitempty"`
	Encrypted                  bool
	KmsKeyId                   *string `xml:",omitempty"`
	DBSnapshotArn              string
	DbiResourceId              *string `xml:",omitempty"`
	TagList                    []Tag   `xml:"TagList>Tag"`
}

// shownSnapshot leaves the times out while the snapshot is being made, and
// SnapshotDatabaseTime where the model has none: old snapshots have none.
func shownSnapshot(s *Snapshot, seenAs string, _ time.Time) dbSnapshot {
	out := dbSnapshot{
		DBSnapshotIdentifier: s.Identifier, DBInstanceIdentifier: s.Instance, Engine: s.Engine, Status: s.Status, MasterUsername: s.MasterUser,
		EngineVersion: s.EngineVersion, SnapshotType: seenAs, AllocatedStorage: s.StorageGiB, StorageType: cmp.Or(s.StorageType, "gp3"), OptionGroupName: text(s.OptionGroup),
		PercentProgress: 100, SourceRegion: text(s.SourceRegion), SourceDBSnapshotIdentifier: text(s.SourceSnapshot),
		Encrypted: s.KMSKey != "", KmsKeyId: text(s.KMSKey), DBSnapshotArn: s.ARN, DbiResourceId: text(s.ResourceID), TagList: sortedTags(s.Tags),
	}
	if seenAs == "shared" {
		out.DBSnapshotIdentifier = s.ARN // a shared one is named by its ARN
	}
	if s.Status == "creating" {
		out.PercentProgress = 50
		return out
	}
	out.SnapshotCreateTime = moment(s.Created)
	out.SnapshotDatabaseTime = moment(s.DatabaseTime)
	out.OriginalSnapshotCreateTime = moment(s.DatabaseTime)
	return out
}

type dbInstanceAutomatedBackup struct {
	DBInstanceArn, DbiResourceId, Region, DBInstanceIdentifier, Status, MasterUsername, Engine, EngineVersion string

	RestoreWindow                 *restoreWindow `xml:",omitempty"`
	AllocatedStorage              int
	StorageType                   string
	OptionGroupName               *string `xml:",omitempty"`
	Encrypted                     bool
	KmsKeyId                      *string `xml:",omitempty"`
	BackupRetentionPeriod         int
	DBInstanceAutomatedBackupsArn string
	TagList                       []Tag `xml:"TagList>Tag"`
}

type restoreWindow struct{ EarliestTime, LatestTime time.Time }

func (s *Service) shownBackup(b *AutomatedBackup) dbInstanceAutomatedBackup {
	earliest, latest := s.restorable(*b)
	return dbInstanceAutomatedBackup{
		DBInstanceArn: b.InstanceARN, DbiResourceId: b.ResourceID, Region: b.SourceRegion, DBInstanceIdentifier: b.Instance,
		Status: b.Status, MasterUsername: b.MasterUser, Engine: b.Engine, EngineVersion: b.EngineVersion,
		RestoreWindow: &restoreWindow{earliest, latest}, AllocatedStorage: b.StorageGiB, StorageType: cmp.Or(b.StorageType, "gp3"), OptionGroupName: text(b.OptionGroup),
		Encrypted: b.KMSKey != "", KmsKeyId: text(b.KMSKey), BackupRetentionPeriod: b.RetentionDays,
		DBInstanceAutomatedBackupsArn: b.ARN, TagList: sortedTags(b.Tags),
	}
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// majorOf is the part of a version that names parameter and option groups.
func majorOf(engine, version string) string {
	parts := strings.SplitN(version, ".", 3)
	if engine == "postgres" || len(parts) == 1 {
		return parts[0]
	}
	return parts[0] + "." + parts[1]
}

func family(engine, version string) string { return engine + majorOf(engine, version) }
