package rds

import (
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type modifyIn struct {
	DBInstanceIdentifier     string
	ApplyImmediately         *bool
	ManageMasterUserPassword *bool
	DeletionProtection       *bool
	BackupRetentionPeriod    *int
	CopyTagsToSnapshot       *bool
	PubliclyAccessible       *bool
	VpcSecurityGroupIds      []string `query:"VpcSecurityGroupId"`
}

// modify takes effect at once here. Right after available it may answer
// InvalidDBInstanceState, which faults inject.
func (s *Service) modify(c *wire.Call, in modifyIn) (instanceOut, error) {
	r := s.of(c)
	c.Touch(r.arn("db", in.DBInstanceIdentifier))
	i, err := s.changeable(r, in.DBInstanceIdentifier)
	if err != nil {
		return instanceOut{}, err
	}
	if in.DeletionProtection != nil {
		i.DeletionProtection = *in.DeletionProtection
	}
	if in.CopyTagsToSnapshot != nil {
		i.CopyTagsToSnapshot = *in.CopyTagsToSnapshot
	}
	if in.BackupRetentionPeriod != nil {
		s.retain(r, i, *in.BackupRetentionPeriod)
	}
	if in.PubliclyAccessible != nil {
		i.Public = *in.PubliclyAccessible
	}
	if in.VpcSecurityGroupIds != nil {
		i.SecurityGroups = in.VpcSecurityGroupIds
	}
	if in.ManageMasterUserPassword != nil && *in.ManageMasterUserPassword {
		if err := s.rotate(c, r, i); err != nil {
			return instanceOut{}, err
		}
	}
	return instanceOut{s.shown(r, i, i.status())}, nil
}

// changeable refuses an instance that is in the middle of something.
func (s *Service) changeable(r *region, id string) (*Instance, error) {
	i := r.instance(id)
	if i == nil || s.seen(i) == "" {
		return nil, notFound("DBInstanceNotFound", "DBInstance %s not found.", id)
	}
	if st := i.status(); st != "available" && st != "storage-full" {
		return nil, wire.Errorf("InvalidDBInstanceState", "Database instance %s is not in available state: it is %s.", id, st)
	}
	return i, nil
}

// rotate makes the managed master password: the secret exists at once, the
// database takes the password later.
func (s *Service) rotate(c *wire.Call, r *region, i *Instance) error {
	if i.secretARN != "" {
		return wire.Errorf("InvalidParameterCombination", "The master password of %s is managed by Secrets Manager already.", i.Identifier)
	}
	if s.o.Secrets == nil {
		return wire.Unknown("%s %s: ManageMasterUserPassword without a Secrets Manager", c.Service, c.Operation)
	}
	password := fmt.Sprintf("simulated-%d", s.next())
	i.secretARN, i.secretStatus = s.o.Secrets.Create(r.account, r.region, i.ARN, i.MasterUser, password), "creating"
	s.set(i, "resetting-master-credentials")
	s.later(i, s.spread(s.o.Behaviour.Rotation), func() {
		if s.o.Backing != nil {
			if err := s.o.Backing.SetPassword(i.Identifier, i.MasterUser, password); err != nil {
				s.set(i, "failed")
				return
			}
		}
		i.secretStatus = "active"
		s.set(i, "available")
		s.event(r, i, "RDS-EVENT-0016", []string{"configuration change"}, "Reset master credentials")
	})
	return nil
}
