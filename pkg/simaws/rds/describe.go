package rds

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Filter of a describe call.
type filter struct {
	Name   string
	Values []string `query:"Value"`
}

type paging struct {
	MaxRecords *int
	Marker     string
}

// matches reports whether every filter that is known matches; one that is not
// known fails loudly.
func matches(c *wire.Call, filters []filter, values map[string]string) (bool, error) {
	for _, f := range filters {
		value, known := values[f.Name]
		if !known {
			return false, wire.Unknown("%s %s: filter %s is not simulated", c.Service, c.Operation, f.Name)
		}
		if !slices.Contains(f.Values, value) {
			return false, nil
		}
	}
	return true, nil
}

type describeInstancesIn struct {
	DBInstanceIdentifier string
	Filters              []filter `query:"Filter"`
	paging
}

type describeInstancesOut struct {
	Marker      *string
	DBInstances []dbInstance `xml:"DBInstances>DBInstance"`
}

func (s *Service) describeInstances(c *wire.Call, in describeInstancesIn) (describeInstancesOut, error) {
	r := s.of(c)
	var found []dbInstance
	for _, i := range r.instances {
		shown := s.seen(i)
		if shown == "" || in.DBInstanceIdentifier != "" && r.instance(in.DBInstanceIdentifier) != i {
			continue
		}
		ok, err := matches(c, in.Filters, map[string]string{"db-instance-id": i.Identifier, "dbi-resource-id": i.ResourceID, "engine": i.Engine})
		if err != nil {
			return describeInstancesOut{}, err
		}
		if ok {
			found = append(found, s.shown(r, i, shown))
		}
	}
	if in.DBInstanceIdentifier != "" {
		c.Touch(r.arn("db", strings.ToLower(in.DBInstanceIdentifier)))
		if len(found) == 0 {
			return describeInstancesOut{}, notFound("DBInstanceNotFound", "DBInstance %s not found.", in.DBInstanceIdentifier)
		}
	}
	slices.SortFunc(found, func(a, b dbInstance) int { return cmp.Compare(a.DBInstanceIdentifier, b.DBInstanceIdentifier) })
	part, next, err := page(found, in.MaxRecords, in.Marker)
	return describeInstancesOut{next, part}, err
}

type describeSnapshotsIn struct {
	DBInstanceIdentifier, DBSnapshotIdentifier, DbiResourceId, SnapshotType string

	IncludeShared, IncludePublic *bool
	Filters                      []filter `query:"Filter"`
	paging
}

type describeSnapshotsOut struct {
	Marker      *string
	DBSnapshots []dbSnapshot `xml:"DBSnapshots>DBSnapshot"`
}

// describeSnapshots without a type shows automated and manual ones only;
// awsbackup and shared must be asked for. An instance identifier must exist.
func (s *Service) describeSnapshots(c *wire.Call, in describeSnapshotsIn) (describeSnapshotsOut, error) {
	r := s.of(c)
	if in.DBInstanceIdentifier != "" && r.instance(in.DBInstanceIdentifier) == nil && in.SnapshotType != "shared" {
		return describeSnapshotsOut{}, notFound("DBInstanceNotFound", "DBInstance %s not found.", in.DBInstanceIdentifier)
	}
	var found []dbSnapshot
	for _, candidate := range s.visible(r, in.SnapshotType, set(in.IncludeShared, false)) {
		snapshot := candidate.snapshot
		wanted := (in.DBSnapshotIdentifier == "" || snapshot.Identifier == in.DBSnapshotIdentifier || snapshot.ARN == in.DBSnapshotIdentifier) &&
			(in.DBInstanceIdentifier == "" || snapshot.Instance == in.DBInstanceIdentifier) &&
			(in.DbiResourceId == "" || snapshot.ResourceID == in.DbiResourceId)
		ok, err := matches(c, in.Filters, map[string]string{
			"db-instance-id": snapshot.Instance, "db-snapshot-id": snapshot.Identifier, "dbi-resource-id": snapshot.ResourceID,
			"snapshot-type": candidate.seenAs, "engine": snapshot.Engine,
		})
		if err != nil {
			return describeSnapshotsOut{}, err
		}
		if wanted && ok {
			found = append(found, shownSnapshot(snapshot, candidate.seenAs, s.o.Clock.Now()))
			c.Touch(snapshot.ARN)
		}
	}
	if in.DBSnapshotIdentifier != "" && len(found) == 0 {
		return describeSnapshotsOut{}, notFound("DBSnapshotNotFound", "DBSnapshot %s not found.", in.DBSnapshotIdentifier)
	}
	part, next, err := page(found, in.MaxRecords, in.Marker)
	return describeSnapshotsOut{next, part}, err
}

type visibleSnapshot struct {
	snapshot *Snapshot
	seenAs   string
}

func (s *Service) visible(r *region, kind string, shared bool) []visibleSnapshot {
	var list []visibleSnapshot
	now := s.o.Clock.Now()
	for _, snapshot := range r.snapshots {
		if !snapshot.Created.After(now) && (kind == snapshot.Type || kind == "" && snapshot.Type != "awsbackup") {
			list = append(list, visibleSnapshot{snapshot, snapshot.Type})
		}
	}
	if kind != "shared" && !shared {
		return list
	}
	for _, snapshot := range s.shared(r) {
		list = append(list, visibleSnapshot{snapshot, "shared"})
	}
	return list
}

// shared are the snapshots of other accounts in this region that were shared
// with this one.
func (s *Service) shared(r *region) []*Snapshot {
	var list []*Snapshot
	for _, other := range s.sortedRegions() {
		if other.region != r.region || other.account == r.account {
			continue
		}
		for _, snapshot := range other.snapshots {
			if slices.Contains(snapshot.SharedWith, r.account) {
				list = append(list, snapshot)
			}
		}
	}
	return list
}

func (s *Service) sharedWith(r *region, id string) *Snapshot {
	for _, snapshot := range s.shared(r) {
		if snapshot.ARN == id {
			return snapshot
		}
	}
	return nil
}

func (s *Service) sortedRegions() []*region {
	list := make([]*region, 0, len(s.regions))
	for _, r := range s.regions {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b *region) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.region, b.region))
	})
	return list
}

type describeBackupsIn struct {
	DbiResourceId, DBInstanceIdentifier, DBInstanceAutomatedBackupsArn string

	Filters []filter `query:"Filter"`
	paging
}

type describeBackupsOut struct {
	Marker                     *string
	DBInstanceAutomatedBackups []dbInstanceAutomatedBackup `xml:"DBInstanceAutomatedBackups>DBInstanceAutomatedBackup"`
}

func (s *Service) describeBackups(c *wire.Call, in describeBackupsIn) (describeBackupsOut, error) {
	r := s.of(c)
	backups := slices.Clone(r.backups)
	for _, i := range r.instances {
		if i.RetentionDays > 0 && !i.deleted && i.Cluster == "" { // a member's are its cluster's
			backups = append(backups, s.ownBackup(i))
		}
	}
	var found []dbInstanceAutomatedBackup
	for _, b := range backups {
		wanted := (in.DbiResourceId == "" || b.ResourceID == in.DbiResourceId) &&
			(in.DBInstanceIdentifier == "" || b.Instance == in.DBInstanceIdentifier) &&
			(in.DBInstanceAutomatedBackupsArn == "" || b.ARN == in.DBInstanceAutomatedBackupsArn)
		ok, err := matches(c, in.Filters, map[string]string{
			"status": b.Status, "db-instance-id": b.Instance, "dbi-resource-id": b.ResourceID,
		})
		if err != nil {
			return describeBackupsOut{}, err
		}
		if wanted && ok {
			c.Touch(b.ARN)
			found = append(found, s.shownBackup(b))
		}
	}
	if len(found) == 0 && in.DBInstanceAutomatedBackupsArn != "" {
		return describeBackupsOut{}, notFound("DBInstanceAutomatedBackupNotFound", "%s not found.", in.DBInstanceAutomatedBackupsArn)
	}
	part, next, err := page(found, in.MaxRecords, in.Marker)
	return describeBackupsOut{next, part}, err
}

// ownBackup is the continuous backup of an instance in its own region.
func (s *Service) ownBackup(i *Instance) *AutomatedBackup {
	return &AutomatedBackup{
		ARN: strings.Replace(i.ARN, ":db:", ":auto-backup:ab-", 1), Instance: i.Identifier, InstanceARN: i.ARN, ResourceID: i.ResourceID,
		Engine: i.Engine, EngineVersion: i.EngineVersion, MasterUser: i.MasterUser, Status: "active", StorageGiB: i.StorageGiB,
		StorageType: i.StorageType, KMSKey: i.KMSKey, OptionGroup: i.OptionGroup, RetentionDays: i.RetentionDays, Earliest: i.Created,
		SourceRegion: strings.Split(i.ARN, ":")[3], StoppedAt: i.LogsStoppedAt, Tags: i.Tags,
	}
}

// restorable is the window of a continuous backup: transaction logs reach S3
// every 5 minutes.
func (s *Service) restorable(b AutomatedBackup) (earliest, latest time.Time) {
	now := s.o.Clock.Now()
	lag := cmp.Or(b.Lag, s.o.Behaviour.withDefaults().ReplicaLag)
	latest = now.Add(-lag).Truncate(time.Second)
	if !b.StoppedAt.IsZero() && latest.After(b.StoppedAt) {
		latest = b.StoppedAt
	}
	earliest = now.Add(-time.Duration(b.RetentionDays) * 24 * time.Hour)
	if b.Earliest.After(earliest) {
		earliest = b.Earliest
	}
	return earliest, latest
}
