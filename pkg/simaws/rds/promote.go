package rds

import (
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type promoteIn struct {
	DBInstanceIdentifier  string
	BackupRetentionPeriod *int // default 1
	PreferredBackupWindow string
}

// promote answers https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_PromoteReadReplica.html:
// replication ends, the instance restarts, and is one of its own then. One that is
// being backed up cannot be promoted. That it is a replica until the restart is from
// the user guide's order of steps; it is not documented to the second.
func (s *Service) promote(c *wire.Call, in promoteIn) (instanceOut, error) {
	r := s.of(c)
	c.Touch(r.arn("db", in.DBInstanceIdentifier))
	i, err := s.changeable(r, in.DBInstanceIdentifier)
	if err != nil {
		return instanceOut{}, err
	}
	if i.ReplicaOf == "" || i.promoting {
		return instanceOut{}, wire.Errorf("InvalidDBInstanceState", "DB instance %s is not a read replica.", in.DBInstanceIdentifier)
	}
	if in.PreferredBackupWindow != "" {
		return instanceOut{}, wire.Unknown("rds PromoteReadReplica with a backup window")
	}
	days := 1
	if in.BackupRetentionPeriod != nil {
		days = *in.BackupRetentionPeriod
	}
	i.promoting = true
	s.set(i, "modifying")
	s.event(r, i, "RDS-EVENT-0046", []string{"read replica"}, "The read replica is being promoted.")
	rebooting := s.spread(s.o.Behaviour.Promoting)
	s.change(i, rebooting, "rebooting")
	s.later(i, rebooting+s.spread(s.o.Behaviour.Modifying), func() {
		i.ReplicaOf, i.Replication, i.promoting = "", "", false
		i.RetentionDays = days
		s.set(i, "available")
		s.event(r, i, "RDS-EVENT-0088", []string{"notification"}, "DB instance started")
	})
	return instanceOut{s.shown(r, i, "modifying")}, nil
}

// retain sets how long an instance is backed up. From nothing to something its first
// backup begins at once; it serves meanwhile.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.Enabling.html
func (s *Service) retain(_ *region, i *Instance, days int) {
	first := i.RetentionDays == 0 && days > 0
	i.RetentionDays = days
	if first && i.status() == "available" && i.secretStatus != "creating" {
		s.set(i, "backing-up")
		s.later(i, s.spread(s.o.Behaviour.BackingUp), func() {
			if i.status() == "backing-up" {
				s.set(i, "available")
			}
		})
	}
}

// ReplicaLag is how many seconds a replica is behind, as RDS publishes it; -1 where it
// does not replicate. False: there is no such replica.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
func (s *Service) ReplicaLag(account, regionName, identifier string) (float64, bool) {
	i := s.at(account, regionName).instance(identifier)
	if i == nil || i.ReplicaOf == "" {
		return 0, false
	}
	if i.Replication != "" && i.Replication != "replicating" {
		return -1, true
	}
	return i.ReplicaLag.Seconds(), true
}

// SetBehaviour of the instances that are restored from now on.
func (s *Service) SetBehaviour(b Behaviour) { s.o.Behaviour = b.withDefaults() }
