package backup

import (
	"fmt"
	"slices"
)

// Code is a way in which AWS Backup reports success and there is none.
type Code string

// Codes of Upset. Those that are of a job happen to the next one of the resource,
// once; the others last until Calm.
const (
	FallbackSnapshot     Code = "FallbackSnapshot"     // a job of a continuous rule makes a snapshot
	ContinuousStopped    Code = "ContinuousStopped"    // the continuous recovery point is STOPPED from now on; the next job makes another
	ContinuousNeverBegan Code = "ContinuousNeverBegan" // lasts: jobs of continuous rules make snapshots
	NotificationsOff     Code = "NotificationsOff"     // lasts: the bucket tells EventBridge nothing; its continuous recovery point is STOPPED
	SnapshotsOncePerDay  Code = "SnapshotsOncePerDay"  // lasts: a second job of a day makes no recovery point, as beside a continuous rule
	NotInAirGappedVault  Code = "NotInAirGappedVault"  // a recovery point lies in the ordinary vault only
	ObjectsMissing       Code = "ObjectsMissing"       // a job is COMPLETED with a message
	PartialPoint         Code = "PartialPoint"         // a recovery point is PARTIAL
	WithIssues           Code = "WithIssues"           // a job is COMPLETED with another message
	NothingMatched       Code = "NothingMatched"       // lasts: no selection takes the resource
	OptedOut             Code = "OptedOut"             // lasts: the region is not opted in to the resource's type, and it gets no job, whatever selects it
	CopyNeverBegan       Code = "CopyNeverBegan"       // a recovery point is not copied
	CopyRetried          Code = "CopyRetried"          // a copy takes two hours longer
	Misplaced            Code = "Misplaced"            // a recovery point lies in the vault Default
	ShortLived           Code = "ShortLived"           // a recovery point is kept for a day
	ForeignKey           Code = "ForeignKey"           // a copy keeps the key of its source
	LockWeaker           Code = "LockWeaker"           // the vault, which is named by its ARN, has no lock any more
	JobExpired           Code = "JobExpired"           // a job does not start
)

// lasting are the codes that are no job's.
var lasting = []Code{ContinuousNeverBegan, NotificationsOff, SnapshotsOncePerDay, NothingMatched, OptedOut}

// Codes are all of Upset.
var Codes = []Code{
	FallbackSnapshot, ContinuousStopped, ContinuousNeverBegan, NotificationsOff, SnapshotsOncePerDay, NotInAirGappedVault, ObjectsMissing, PartialPoint, WithIssues,
	NothingMatched, OptedOut, CopyNeverBegan, CopyRetried, Misplaced, ShortLived, ForeignKey, LockWeaker, JobExpired,
}

// Upset has AWS Backup report as done what is not, of a resource, or for LockWeaker
// of a vault, by its ARN. The error is that there is no such code, or nothing that
// it could happen to.
func (s *Service) Upset(code Code, arn string) error {
	if !slices.Contains(Codes, code) {
		return fmt.Errorf("pkg/simaws/backup: there is no code %q", code)
	}
	switch code {
	case LockWeaker:
		v := s.Vault(placeOf(arn).account, placeOf(arn).region, nameOf(arn))
		if v == nil || v.Lock == nil {
			return fmt.Errorf("pkg/simaws/backup: %s is no vault with a lock", arn)
		}
		v.Lock = nil
		return nil
	case ContinuousStopped:
		if !s.stop(arn, "Continuous backup was stopped.", false) {
			return fmt.Errorf("pkg/simaws/backup: %s has no continuous recovery point", arn)
		}
		return nil
	case ContinuousNeverBegan: // nor has what began before
		at := s.placeOfResource(arn)
		for p := s.continuousOf(at, arn); p != nil; p = s.continuousOf(at, arn) {
			s.remove(at, p)
		}
	case FallbackSnapshot, SnapshotsOncePerDay, NotInAirGappedVault, ObjectsMissing, PartialPoint, WithIssues, NothingMatched,
		CopyNeverBegan, CopyRetried, Misplaced, ShortLived, ForeignKey, JobExpired: // of the jobs to come
	case NotificationsOff:
		s.stop(arn, "EventBridge notifications of the bucket are off.", true)
	case OptedOut:
		r, there := s.resource(arn)
		if !there {
			return fmt.Errorf("pkg/simaws/backup: there is no resource %s", arn)
		}
		at := s.placeOfResource(arn)
		s.OptIn(at.account, at.region, r.Type, false)
	}
	if s.upsets[code] == nil {
		s.upsets[code] = map[string]bool{}
	}
	s.upsets[code][arn] = true
	return nil
}

// Calm ends what Upset began. A lock, and a recovery point that has stopped, do not
// come back by it.
func (s *Service) Calm(code Code, arn string) {
	if r, there := s.resource(arn); there && code == OptedOut {
		at := s.placeOfResource(arn)
		s.OptIn(at.account, at.region, r.Type, true)
	}
	delete(s.upsets[code], arn)
}

// upset tells whether it happens to a resource now; what is a job's then no more.
func (s *Service) upset(code Code, arn string) bool {
	if !s.upsets[code][arn] {
		return false
	}
	if !slices.Contains(lasting, code) {
		delete(s.upsets[code], arn)
	}
	return true
}

func (s *Service) placeOfResource(arn string) place {
	if at := s.owners[arn]; at != (place{}) {
		return at
	}
	return placeOf(arn)
}
