package backup

import (
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// goesOn tells whether a job of a continuous rule makes, or keeps up, a continuous
// recovery point. Where not, it makes a snapshot, and is COMPLETED all the same.
func (s *Service) goesOn(j *Job, r Resource) bool {
	return !s.upset(FallbackSnapshot, j.Resource) && !s.upsets[ContinuousNeverBegan][r.ARN]
}

// continuousOf is the continuous recovery point of a resource that goes on, or
// waits to begin; nil: there is none. There is one at a time.
func (s *Service) continuousOf(at place, resource string) *Point {
	for _, p := range s.at(at.account, at.region).points {
		if p.Resource == resource && p.continuous && (p.Status == Available || p.Status == Creating) {
			return p
		}
	}
	return nil
}

// continuous begins a continuous recovery point, or keeps the one that there is: a
// first one of RDS waits for the next maintenance window.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html
func (s *Service) continuous(j *Job, r Resource) *Point {
	known := s.continuousOf(j.place, j.Resource)
	if known != nil {
		known.Lifecycle = j.Lifecycle
		j.RecoveryPoint = known.ARN
		return known
	}
	p := &Point{
		ARN: wire.ARN("backup", j.region, j.account, "recovery-point:continuous:"+strings.ToLower(r.Name)+"-"+j.ID[len(j.ID)-8:]), Resource: r.ARN, ResourceType: r.Type,
		ResourceName: r.Name, Status: Creating, Created: s.now(), Bytes: int64(r.Bytes), KMSKey: r.Key, Role: j.Role, Lifecycle: j.Lifecycle, By: j.By, continuous: true,
	}
	p.vault, p.vaultARN = j.Vault, vaultARN(j.account, j.region, j.Vault)
	at := s.at(j.account, j.region)
	at.points, j.RecoveryPoint = append(at.points, p), p.ARN
	begins := func() {
		if p.Status != Creating {
			return
		}
		p.Status, p.Completed = Available, s.now()
		if s.o.Databases != nil && r.Type == "RDS" {
			s.o.Databases.Retain(r.ARN, j.Lifecycle.DeleteAfterDays)
		}
		s.tellPoint(j.place, p)
	}
	if r.Type != "RDS" || r.Maintenance == "" {
		begins()
		return p
	}
	_, over := maintained(r.Maintenance, s.now())
	s.o.Clock.AfterFunc(over.Sub(s.now()), begins)
	return p
}

// stop ends the continuous recovery point of a resource: it can be restored from
// up to now.
func (s *Service) stop(resource, why string, interrupted bool) bool {
	for at, r := range s.regions {
		for _, p := range r.points {
			if p.Resource != resource || !p.continuous || p.Status != Available {
				continue
			}
			p.Status, p.StatusMessage = Stopped, why
			s.tellPoint(at, p)
			if interrupted {
				s.tellVault(at, p.vault, "CONTINUOUS_BACKUP_INTERRUPTED", "The continuous backup of "+resource+" was interrupted: "+why, nil)
			}
			return true
		}
	}
	return false
}
