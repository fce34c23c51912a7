package rds

import (
	"slices"
	"strings"
)

// Port on which an instance takes connections.
func (i *Instance) Port() int { return i.port }

// KeyOf is the ARN of the key that encrypts an instance, a snapshot or a
// continuous backup; "" where there is no such thing, or it is not encrypted.
// Snapshots are shared, so those of every account are looked at.
func (s *Service) KeyOf(arn string) string {
	part := strings.SplitN(arn, ":", 6)
	if len(part) < 6 || part[2] != "rds" {
		return ""
	}
	for _, r := range s.regions {
		for _, i := range r.instances {
			if i.ARN == arn {
				return i.KMSKey
			}
		}
		for _, snapshot := range r.snapshots {
			if snapshot.ARN == arn {
				return snapshot.KMSKey
			}
		}
		for _, b := range r.backups {
			if b.ARN == arn {
				return b.KMSKey
			}
		}
	}
	return ""
}

// RemoveSubnetGroup removes a DB subnet group.
func (s *Service) RemoveSubnetGroup(account, regionName, name string) {
	r := s.at(account, regionName)
	r.subnetGroups = slices.DeleteFunc(r.subnetGroups, func(g SubnetGroup) bool { return g.Name == name })
}

// Snapshots lists what exists in a region.
func (s *Service) Snapshots(account, regionName string) []*Snapshot {
	return s.at(account, regionName).snapshots
}

// KeysIn are the keys of an account's snapshots and continuous backups in a region,
// each once, sorted.
func (s *Service) KeysIn(account, regionName string) (keys []string) {
	r := s.at(account, regionName)
	for _, snapshot := range r.snapshots {
		keys = append(keys, snapshot.KMSKey)
	}
	for _, b := range r.backups {
		keys = append(keys, b.KMSKey)
	}
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(key string) bool { return key == "" })
}
