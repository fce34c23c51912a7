package rds

import (
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// shortage is a class of which a region has no instance free, whoever asks.
type shortage struct {
	region, class string    // class "": every one
	until         time.Time // zero: for good
}

// NoCapacity takes a region's free instances of a class away (of every class
// where it is ""), for so long; zero: for good.
func (s *Service) NoCapacity(region, class string, lasting time.Duration) {
	missing := shortage{region: region, class: class}
	if lasting > 0 {
		missing.until = s.o.Clock.Now().Add(lasting)
	}
	s.shortages = append(s.shortages, missing)
}

// withCapacity refuses a restore for which there is no machine. The guide knows
// the error as one of zones; neither of the calls modelled here names a zone, so
// it is the region's. That AWS looks for a machine last, after all that the caller
// can get wrong, is unproven.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
func (s *Service) withCapacity(r *region, class string) error {
	now := s.o.Clock.Now()
	lacking := func(m shortage) bool {
		return m.region == r.region && (m.class == "" || m.class == class) && (m.until.IsZero() || now.Before(m.until))
	}
	if !slices.ContainsFunc(s.shortages, lacking) {
		return nil
	}
	return wire.Errorf("InsufficientDBInstanceCapacity", "There is no Availability Zone of %s with sufficient capacity for %s.", r.region, class)
}

// Busy puts an instance into a state such as backing-up or modifying, for so long;
// zero: for good. Then it is available again.
func (s *Service) Busy(i *Instance, state string, lasting time.Duration) {
	s.set(i, state)
	if lasting > 0 {
		s.change(i, lasting, "available")
	}
}

// restorableFrom tells whether an instance's own logs can be restored from. The
// reference has InvalidDBInstanceState among the errors of the call and does not
// say which states it means: that the storage ones do not matter, in which the
// guide calls an instance operational, is unproven. Of a stopped one the guide
// says that it can be.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html
func (i *Instance) restorableFrom() error {
	switch state := i.status(); state {
	case "available", "storage-optimization", "storage-initialization", "storage-config-upgrade", "stopped":
		return nil
	default:
		return wire.Errorf("InvalidDBInstanceState", "DB instance %s is not in the available state: it is %s.", i.Identifier, state)
	}
}
