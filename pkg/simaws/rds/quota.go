package rds

import (
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type accountAttributesOut struct {
	AccountQuotas []accountQuota `xml:"AccountQuotas>AccountQuota"`
}

type accountQuota struct {
	AccountQuotaName string
	Used, Max        int
}

func (s *Service) accountAttributes(c *wire.Call, _ struct{}) (accountAttributesOut, error) {
	r := s.of(c)
	if s.untold["AccountQuotas"] {
		return accountAttributesOut{}, nil
	}
	instances, storage := r.used()
	return accountAttributesOut{[]accountQuota{
		{"DBInstances", instances, r.quota.Instances},
		{"AllocatedStorage", storage, r.quota.StorageGiB},
	}}, nil
}

func (r *region) used() (instances, storageGiB int) {
	for _, i := range r.instances {
		storageGiB += i.StorageGiB
	}
	return len(r.instances), storageGiB
}

func (s *Service) withinQuota(r *region, storageGiB int) error {
	instances, storage := r.used()
	if instances >= r.quota.Instances {
		return wire.Errorf("InstanceQuotaExceeded", "DB Instance quota exceeded: %d of %d are used.", instances, r.quota.Instances)
	}
	if storage+storageGiB > r.quota.StorageGiB {
		return wire.Errorf("StorageQuotaExceeded", "The storage quota of %d GiB would be exceeded.", r.quota.StorageGiB)
	}
	return nil
}
