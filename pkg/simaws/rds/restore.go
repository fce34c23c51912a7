package rds

import (
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// restoreParameters are what both restore calls take.
type restoreParameters struct {
	DBInstanceClass                 string
	Port                            *int
	DBSubnetGroupName               *string
	MultiAZ                         *bool
	PubliclyAccessible              *bool
	AutoMinorVersionUpgrade         *bool
	StorageType                     *string
	OptionGroupName                 string
	Tags                            []Tag    `query:"Tag"`
	VpcSecurityGroupIds             []string `query:"VpcSecurityGroupId"`
	CopyTagsToSnapshot              *bool
	EnableIAMDatabaseAuthentication *bool
	DBParameterGroupName            string
	DeletionProtection              *bool
	BackupRetentionPeriod           *int
	EngineLifecycleSupport          string
}

type fromSnapshotIn struct {
	DBInstanceIdentifier, DBSnapshotIdentifier string
	restoreParameters
}

type pointInTimeIn struct {
	SourceDBInstanceIdentifier          string
	SourceDbiResourceId                 string
	SourceDBInstanceAutomatedBackupsArn string
	TargetDBInstanceIdentifier          string
	RestoreTime                         *time.Time
	UseLatestRestorableTime             *bool
	restoreParameters
}

type instanceOut struct {
	DBInstance dbInstance
}

func (s *Service) restoreFromSnapshot(c *wire.Call, in fromSnapshotIn) (instanceOut, error) {
	r := s.of(c)
	c.Touch(r.arn("db", in.DBInstanceIdentifier))
	if err := s.denied(c, r.arn("db", in.DBInstanceIdentifier), in.Tags); err != nil {
		return instanceOut{}, err
	}
	snapshot := r.snapshot(in.DBSnapshotIdentifier)
	if snapshot == nil {
		snapshot = s.sharedWith(r, in.DBSnapshotIdentifier)
	}
	if snapshot == nil {
		return instanceOut{}, notFound("DBSnapshotNotFound", "DBSnapshot %s not found.", in.DBSnapshotIdentifier)
	}
	c.Touch(snapshot.ARN)
	if snapshot.Status != "available" {
		return instanceOut{}, wire.Errorf("InvalidDBSnapshotState", "The snapshot %s is in state %s.", snapshot.Identifier, snapshot.Status)
	}
	if snapshot.KMSKey != "" && !slices.Contains(r.snapshots, snapshot) {
		return instanceOut{}, wire.Errorf("KMSKeyNotAccessibleFault", "The snapshot is shared and encrypted: copy it with a key of your own first.")
	}
	if err := s.useKey(c, snapshot.KMSKey); err != nil {
		return instanceOut{}, err
	}
	return s.restore(c, r, in.restoreParameters, Instance{
		Identifier: in.DBInstanceIdentifier, Engine: snapshot.Engine, EngineVersion: snapshot.EngineVersion, MasterUser: snapshot.MasterUser,
		StorageGiB: snapshot.StorageGiB, StorageType: snapshot.StorageType, KMSKey: snapshot.KMSKey, RestoredFrom: snapshot.ARN,
		RetentionDays: snapshot.RetentionDays, Tags: snapshot.Tags, OptionGroup: snapshot.OptionGroup,
	})
}

func (s *Service) restoreToPointInTime(c *wire.Call, in pointInTimeIn) (instanceOut, error) {
	r := s.of(c)
	c.Touch(r.arn("db", in.TargetDBInstanceIdentifier))
	if err := s.denied(c, r.arn("db", in.TargetDBInstanceIdentifier), in.Tags); err != nil {
		return instanceOut{}, err
	}
	window, like, err := s.window(r, in)
	if err != nil {
		return instanceOut{}, err
	}
	c.Touch(window.ARN)
	if in.RestoreTime == nil && (in.UseLatestRestorableTime == nil || !*in.UseLatestRestorableTime) {
		return instanceOut{}, wire.Errorf("InvalidParameterCombination", "RestoreTime or UseLatestRestorableTime must be given.")
	}
	earliest, latest := s.restorable(*window)
	at := latest
	if in.RestoreTime != nil {
		at = *in.RestoreTime
	}
	if at.Before(earliest) || at.After(latest) {
		return instanceOut{}, wire.Errorf("InvalidRestoreFault", "The restore time %s is not between %s and %s.",
			at.Format(time.RFC3339), earliest.Format(time.RFC3339), latest.Format(time.RFC3339))
	}
	if err := s.useKey(c, window.KMSKey); err != nil {
		return instanceOut{}, err
	}
	like.Identifier, like.RestoredFrom = in.TargetDBInstanceIdentifier, window.ARN+"@"+at.Format(time.RFC3339)
	return s.restore(c, r, in.restoreParameters, like)
}

// window finds the continuous backup that a point-in-time restore names.
func (s *Service) window(r *region, in pointInTimeIn) (*AutomatedBackup, Instance, error) {
	if in.SourceDBInstanceAutomatedBackupsArn != "" {
		i := slices.IndexFunc(r.backups, func(b *AutomatedBackup) bool { return b.ARN == in.SourceDBInstanceAutomatedBackupsArn })
		if i < 0 {
			return nil, Instance{}, notFound("DBInstanceAutomatedBackupNotFound", "%s not found.", in.SourceDBInstanceAutomatedBackupsArn)
		}
		b := r.backups[i]
		return b, Instance{
			Engine: b.Engine, EngineVersion: b.EngineVersion, MasterUser: b.MasterUser, StorageGiB: b.StorageGiB,
			StorageType: b.StorageType, KMSKey: b.KMSKey, RetentionDays: b.RetentionDays, Tags: b.Tags, OptionGroup: b.OptionGroup,
		}, nil
	}
	i := slices.IndexFunc(r.instances, func(i *Instance) bool {
		return i.Identifier == in.SourceDBInstanceIdentifier || i.ResourceID == in.SourceDbiResourceId && i.ResourceID != ""
	})
	if i < 0 {
		return nil, Instance{}, notFound("DBInstanceNotFound", "DBInstance %s not found.", in.SourceDBInstanceIdentifier+in.SourceDbiResourceId)
	}
	source := r.instances[i]
	if source.Cluster != "" {
		return nil, Instance{}, wire.Unknown("a point in time of %s, a member of cluster %s: what AWS answers is not documented", source.Identifier, source.Cluster)
	}
	if source.RetentionDays == 0 {
		return nil, Instance{}, wire.Errorf("PointInTimeRestoreNotEnabled", "Point in time restore is not enabled for %s.", source.Identifier)
	}
	if err := source.restorableFrom(); err != nil {
		return nil, Instance{}, err
	}
	like := Instance{
		Engine: source.Engine, EngineVersion: source.EngineVersion, MasterUser: source.MasterUser, StorageGiB: source.StorageGiB, Database: source.Database,
		StorageType: source.StorageType, KMSKey: source.KMSKey, RetentionDays: source.RetentionDays, Tags: source.Tags, OptionGroup: source.OptionGroup,
	}
	return s.ownBackup(source), like, nil
}

// restore checks what every restore needs and creates the instance.
func (s *Service) restore(c *wire.Call, r *region, p restoreParameters, i Instance) (instanceOut, error) {
	if r.instance(i.Identifier) != nil || r.reserved[i.Identifier] {
		return instanceOut{}, wire.Errorf("DBInstanceAlreadyExists", "DB instance already exists: %s", i.Identifier)
	}
	if !s.o.LinkedRole(c.Account) {
		return instanceOut{}, wire.Errorf("InvalidParameterValue", "Unable to create the resource. Verify that you have permission to create service linked role. Otherwise wait and try again later")
	}
	if err := s.withinQuota(r, i.StorageGiB); err != nil {
		return instanceOut{}, err
	}
	if err := s.groups(r, p, &i); err != nil {
		return instanceOut{}, err
	}
	if p.DBInstanceClass != "" {
		i.Class = p.DBInstanceClass
	}
	if p.Tags != nil { // left out, the source's tags are copied
		i.Tags = p.Tags
	}
	if err := checkTags(i.Tags); err != nil {
		return instanceOut{}, err
	}
	if p.BackupRetentionPeriod != nil {
		i.RetentionDays = *p.BackupRetentionPeriod
	}
	i.MultiAZ, i.DeletionProtection = set(p.MultiAZ, false), set(p.DeletionProtection, false)
	i.IAMAuthentication = set(p.EnableIAMDatabaseAuthentication, false)
	i.CopyTagsToSnapshot, i.MinorUpgrades = set(p.CopyTagsToSnapshot, false), set(p.AutoMinorVersionUpgrade, true)
	i.LifecycleSupport = p.EngineLifecycleSupport
	i.complete(r, s.next())
	if err := s.orderableAs(r, &i); err != nil {
		return instanceOut{}, err
	}
	if err := s.withCapacity(r, i.Class); err != nil {
		return instanceOut{}, err
	}
	if p.Port != nil {
		i.port = *p.Port
	}
	created := &i
	if s.o.Backing != nil {
		host, port, err := s.o.Backing.Start(i.Identifier, i.RestoredFrom)
		if err != nil {
			return instanceOut{}, err
		}
		created.host, created.port = host, port
	}
	if s.o.Behaviour.AppearsIn > 0 {
		r.reserved[created.Identifier] = true
		s.o.Clock.AfterFunc(s.o.Behaviour.AppearsIn, func() {
			delete(r.reserved, created.Identifier)
			s.create(r, created)
		})
		created.statuses = []status{{s.o.Clock.Now(), "creating"}}
	} else {
		s.create(r, created)
	}
	return instanceOut{s.shown(r, created, "creating")}, nil
}

// groups resolves what the call names, with AWS's defaults for what it does
// not: the default VPC, its default security group, a public address there.
func (s *Service) groups(r *region, p restoreParameters, i *Instance) error {
	name := "default"
	if p.DBSubnetGroupName != nil {
		name = *p.DBSubnetGroupName
	}
	at := slices.IndexFunc(r.subnetGroups, func(g SubnetGroup) bool { return g.Name == name })
	if at < 0 {
		return notFound("DBSubnetGroupNotFoundFault", "DB subnet group %s does not exist.", name)
	}
	i.SubnetGroup = name
	i.Public = set(p.PubliclyAccessible, r.subnetGroups[at].Public)
	i.SecurityGroups = p.VpcSecurityGroupIds
	if len(i.SecurityGroups) == 0 {
		i.SecurityGroups = []string{"sg-default"}
	}
	if p.DBParameterGroupName != "" {
		at := slices.IndexFunc(r.parameterGroups, func(g ParameterGroup) bool { return g.Name == p.DBParameterGroupName })
		if at < 0 {
			return notFound("DBParameterGroupNotFound", "DBParameterGroup not found: %s", p.DBParameterGroupName)
		}
		if want := family(i.Engine, i.EngineVersion); r.parameterGroups[at].Family != want {
			return wire.Errorf("InvalidParameterCombination", "The parameter group %s with family %s can't be used for this instance: use %s.",
				p.DBParameterGroupName, r.parameterGroups[at].Family, want)
		}
		i.ParameterGroup = p.DBParameterGroupName
	}
	if p.OptionGroupName != "" {
		if err := r.keepsOptions(i.OptionGroup, p.OptionGroupName); err != nil {
			return err
		}
		i.OptionGroup = p.OptionGroupName
	}
	if i.OptionGroup != "" && !slices.ContainsFunc(r.optionGroups, func(g OptionGroup) bool { return g.Name == i.OptionGroup }) {
		return notFound("OptionGroupNotFoundFault", "Specified OptionGroupName: %s not found.", i.OptionGroup)
	}
	return nil
}

func (s *Service) useKey(c *wire.Call, key string) error {
	if key == "" {
		return nil
	}
	if err := s.o.UseKey(key, c.Account, c.Principal); err != nil {
		return wire.Errorf("KMSKeyNotAccessibleFault", "The specified KMS key [%s] is not accessible: %v", key, err)
	}
	return nil
}

func set(value *bool, fallback bool) bool {
	if value == nil {
		return fallback
	}
	return *value
}

func notFound(code, format string, args ...any) *wire.Error {
	err := wire.Errorf(code, format, args...)
	err.Status = 404
	return err
}
