package backup

import (
	"net/http"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// deletePoint removes a recovery point before its time. A locked vault lets nobody,
// whichever its lock, and a policy that denies it nobody whom it names.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteRecoveryPoint.html
// https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
func (s *Service) deletePoint(c *wire.Call, path []string) (any, error) {
	r, err := s.vault(c, path[1])
	if err != nil {
		return nil, err
	}
	c.Touch(path[3])
	v := r.vault(path[1])
	i := slices.IndexFunc(r.points, func(p *Point) bool { return p.vault == path[1] && p.ARN == path[3] })
	if i < 0 {
		return nil, wire.Errorf("ResourceNotFoundException", "Recovery point %s does not exist in the vault %s", path[3], path[1])
	}
	denied, err := denies(v.Policy, "backup:DeleteRecoveryPoint", c.Account, wire.GlobalARN("iam", c.Region, c.Account, "role/"+c.Principal))
	switch {
	case err != nil:
		return nil, err
	case denied:
		refused := wire.Errorf("AccessDeniedException", "Insufficient privileges to perform this action: the policy of the vault %s denies it", v.Name)
		refused.Status = http.StatusForbidden
		return nil, refused
	case v.locked():
		return nil, wire.Errorf("InvalidRequestException", "Backup vault %s is locked: its recovery points cannot be deleted before their lifecycle ends", v.Name)
	}
	s.remove(place{c.Account, c.Region}, r.points[i])
	return wire.Empty{}, nil
}

// unlock removes the lock of a vault: one of governance, or one of compliance
// within its grace.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteBackupVaultLockConfiguration.html
func (s *Service) unlock(c *wire.Call, path []string) (any, error) {
	r, err := s.vault(c, path[1])
	if err != nil {
		return nil, err
	}
	v := r.vault(path[1])
	if s.lockState(v) == "IMMUTABLE" {
		return nil, wire.Errorf("InvalidRequestException", "The lock of backup vault %s can no longer be changed", v.Name)
	}
	v.Lock = nil
	return wire.Empty{}, nil
}
