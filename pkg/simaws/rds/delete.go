package rds

import (
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type deleteIn struct {
	DBInstanceIdentifier      string
	SkipFinalSnapshot         *bool
	FinalDBSnapshotIdentifier string
	DeleteAutomatedBackups    *bool
}

// deleteInstance takes minutes. A stopped instance can be deleted; that one which
// is being stopped cannot is unproven, and the harder case for whoever cleans up. A failed instance cannot have a final
// snapshot; automated backups are deleted unless the call says no.
func (s *Service) deleteInstance(c *wire.Call, in deleteIn) (instanceOut, error) {
	r := s.of(c)
	c.Touch(r.arn("db", in.DBInstanceIdentifier))
	i := r.instance(in.DBInstanceIdentifier)
	if i == nil || s.seen(i) == "" {
		return instanceOut{}, notFound("DBInstanceNotFound", "DBInstance %s not found.", in.DBInstanceIdentifier)
	}
	switch {
	case i.deleted:
		return instanceOut{}, wire.Errorf("InvalidDBInstanceState", "Instance %s is already being deleted.", i.Identifier)
	case i.status() == "stopping":
		return instanceOut{}, wire.Errorf("InvalidDBInstanceState", "Instance %s is being stopped.", i.Identifier)
	case i.DeletionProtection:
		return instanceOut{}, wire.Errorf("InvalidParameterCombination", "Cannot delete protected DB Instance, please disable deletion protection and try again.")
	case !set(in.SkipFinalSnapshot, false) && in.FinalDBSnapshotIdentifier == "":
		return instanceOut{}, wire.Errorf("InvalidParameterCombination", "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
	case !set(in.SkipFinalSnapshot, false):
		return instanceOut{}, wire.Unknown("a final snapshot")
	}
	i.generation++
	i.deleted = true
	s.set(i, "deleting")
	keeps := i.RetentionDays > 0 && !set(in.DeleteAutomatedBackups, true)
	s.o.Clock.AfterFunc(s.spread(s.o.Behaviour.Deleting), func() { s.gone(r, i, keeps) })
	return instanceOut{s.shown(r, i, "deleting")}, nil
}

func (s *Service) gone(r *region, i *Instance, keepsBackups bool) {
	if keepsBackups {
		kept := s.ownBackup(i)
		kept.Status, kept.StoppedAt = "retained", s.o.Clock.Now()
		r.backups = append(r.backups, kept)
	}
	if i.secretARN != "" {
		s.o.Secrets.Delete(i.secretARN)
	}
	if s.o.Backing != nil {
		s.o.Backing.Stop(i.Identifier)
	}
	i.goneAt = s.o.Clock.Now()
	r.instances = slices.DeleteFunc(r.instances, func(other *Instance) bool { return other == i })
	s.event(r, i, "RDS-EVENT-0003", []string{"deletion"}, "DB instance deleted")
}

type deleteSnapshotIn struct{ DBSnapshotIdentifier string }

type snapshotOut struct{ DBSnapshot dbSnapshot }

func (s *Service) deleteSnapshot(c *wire.Call, in deleteSnapshotIn) (snapshotOut, error) {
	r := s.of(c)
	snapshot := r.snapshot(in.DBSnapshotIdentifier)
	if snapshot == nil {
		return snapshotOut{}, notFound("DBSnapshotNotFound", "DBSnapshot %s not found.", in.DBSnapshotIdentifier)
	}
	c.Touch(snapshot.ARN)
	if snapshot.Type != "manual" {
		return snapshotOut{}, wire.Errorf("InvalidDBSnapshotState", "Only manual snapshots can be deleted, %s is %s.", snapshot.Identifier, snapshot.Type)
	}
	r.snapshots = slices.DeleteFunc(r.snapshots, func(other *Snapshot) bool { return other == snapshot })
	return snapshotOut{shownSnapshot(snapshot, snapshot.Type, s.o.Clock.Now())}, nil
}

type deleteBackupIn struct{ DbiResourceId, DBInstanceAutomatedBackupsArn string }

type backupOut struct {
	DBInstanceAutomatedBackup dbInstanceAutomatedBackup
}

func (s *Service) deleteBackup(c *wire.Call, in deleteBackupIn) (backupOut, error) {
	r := s.of(c)
	at := slices.IndexFunc(r.backups, func(b *AutomatedBackup) bool {
		return in.DBInstanceAutomatedBackupsArn != "" && b.ARN == in.DBInstanceAutomatedBackupsArn ||
			in.DbiResourceId != "" && b.ResourceID == in.DbiResourceId
	})
	if at < 0 {
		return backupOut{}, notFound("DBInstanceAutomatedBackupNotFound", "%s not found.", in.DbiResourceId+in.DBInstanceAutomatedBackupsArn)
	}
	b := r.backups[at]
	c.Touch(b.ARN)
	r.backups = slices.Delete(r.backups, at, at+1)
	return backupOut{s.shownBackup(b)}, nil
}
