package rds

import (
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// byARN finds an instance in whichever account and region it is.
func (s *Service) byARN(arn string) (*region, *Instance) {
	for _, r := range s.sortedRegions() {
		for _, i := range r.instances {
			if i.ARN == arn {
				return r, i
			}
		}
	}
	return nil, nil
}

// snapshotByARN finds a snapshot in whichever account and region it is.
func (s *Service) snapshotByARN(arn string) (*region, *Snapshot) {
	for _, r := range s.sortedRegions() {
		for _, snapshot := range r.snapshots {
			if snapshot.ARN == arn {
				return r, snapshot
			}
		}
	}
	return nil, nil
}

// TakeSnapshot begins a snapshot of an instance for AWS Backup: it holds the data
// of now, and can be restored once it is finished.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/recov-point-create-on-demand-backup.html
func (s *Service) TakeSnapshot(instanceARN, identifier string, tags []Tag) (*Snapshot, error) {
	r, i := s.byARN(instanceARN)
	if i == nil || i.deleted {
		return nil, notFound("DBInstanceNotFound", "DBInstance %s not found.", instanceARN)
	}
	now := s.o.Clock.Now()
	return s.AddSnapshot(r.account, r.region, Snapshot{
		Identifier: identifier, Instance: i.Identifier, ResourceID: i.ResourceID, Type: "awsbackup", Status: "creating", Engine: i.Engine, EngineVersion: i.EngineVersion,
		MasterUser: i.MasterUser, StorageGiB: i.StorageGiB, StorageType: i.StorageType, KMSKey: i.KMSKey, OptionGroup: i.OptionGroup,
		DatabaseTime: now, Created: now, RetentionDays: i.RetentionDays, Tags: append(slices.Clone(i.Tags), tags...),
	}), nil
}

// CopySnapshot begins a copy of a snapshot of AWS Backup in an account and region,
// with a key of there; one that is not encrypted stays so. It keeps the moment of
// its data. An option group that is not there does not travel.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CopySnapshot.html
func (s *Service) CopySnapshot(snapshotARN, account, regionName, identifier, key string) (*Snapshot, error) {
	from, source := s.snapshotByARN(snapshotARN)
	if source == nil {
		return nil, notFound("DBSnapshotNotFound", "DBSnapshot %s not found.", snapshotARN)
	}
	to := s.at(account, regionName)
	made := *source
	made.Identifier, made.ARN, made.Status, made.SharedWith = identifier, to.arn("snapshot", identifier), "creating", nil
	made.Created, made.SourceRegion, made.SourceSnapshot = s.o.Clock.Now(), from.region, source.ARN
	if made.KMSKey != "" {
		made.KMSKey = key
	}
	if from != to && !strings.HasPrefix(made.OptionGroup, "default:") {
		for _, g := range from.optionGroups {
			if g.Name == made.OptionGroup && slices.ContainsFunc(g.Options, func(o Option) bool { return o.Persistent || o.Permanent }) {
				return nil, wire.Errorf("InvalidParameterCombination", "The snapshot requires a target option group with the options of %s", made.OptionGroup)
			}
		}
		made.OptionGroup = ""
	}
	return s.AddSnapshot(account, regionName, made), nil
}

// FinishSnapshot makes a snapshot available.
func (s *Service) FinishSnapshot(arn string) {
	if _, snapshot := s.snapshotByARN(arn); snapshot != nil {
		snapshot.Status = "available"
	}
}

// RemoveSnapshot removes a snapshot, as AWS Backup does with what has expired.
func (s *Service) RemoveSnapshot(arn string) {
	for _, r := range s.regions {
		r.snapshots = slices.DeleteFunc(r.snapshots, func(snapshot *Snapshot) bool { return snapshot.ARN == arn })
	}
}

// Retain sets for how many days an instance keeps its automated backups, as AWS
// Backup does for continuous ones.
func (s *Service) Retain(instanceARN string, days int) {
	if _, i := s.byARN(instanceARN); i != nil {
		i.RetentionDays = days
	}
}

// Tagged gives an instance a tag, or another value of it; nobody asks who did.
func (s *Service) Tagged(instanceARN, key, value string) {
	if _, i := s.byARN(instanceARN); i != nil {
		i.Tags = append(without(i.Tags, key), Tag{Key: key, Value: value})
	}
}
