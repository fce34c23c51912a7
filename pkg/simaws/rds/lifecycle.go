package rds

import (
	"time"
)

// Behaviour of restored instances: how long each status lasts, and what goes
// wrong. Zero values take the defaults of Default.
type Behaviour struct {
	Creating   time.Duration
	BackingUp  time.Duration // only with a retention period above zero
	Modifying  time.Duration // after the creation, and of every modify
	Promoting  time.Duration // of a read replica, before it restarts
	Rotation   time.Duration // of a managed master password
	Deleting   time.Duration
	Hydrating  time.Duration // lazy loading after available
	Spread     float64       // each duration is drawn within plus or minus this fraction
	UnseenFor  time.Duration // Describe answers 404 after the create
	StaleFor   time.Duration // Describe shows the old status after a change
	AppearsIn  time.Duration // the create takes effect only then
	EndsIn     string        // a terminal status instead of available
	StuckIn    string        // never leaves this status
	ReplicaLag time.Duration // how far the logs in S3 are behind; default 5 min
	// StoppedAfter is how long after it became available somebody stops the
	// instance; zero: nobody does. Stopping is how long that takes, "several minutes
	// or even up to an hour".
	// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html
	StoppedAfter, Stopping time.Duration
	// StartsWith is the only parameter group with which the engine starts; empty:
	// any. With another one the instance ends as incompatible-parameters.
	StartsWith string
}

// Default durations: a restore of 18 minutes and the 2 to 3 hours that a first
// backup may take, as reported by users; the others are estimates.
var Default = Behaviour{
	Creating: 16 * time.Minute, BackingUp: 2*time.Hour + 20*time.Minute, Modifying: 90 * time.Second, Rotation: 80 * time.Second, Promoting: 4 * time.Minute,
	Deleting: 4 * time.Minute, Hydrating: 25 * time.Minute, UnseenFor: 2 * time.Second, StaleFor: 3 * time.Second,
	ReplicaLag: 5 * time.Minute, Stopping: 4 * time.Minute,
}

// withDefaults fills in what is zero.
func (b Behaviour) withDefaults() Behaviour {
	d := Default
	for _, field := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{
		{&b.Creating, d.Creating}, {&b.BackingUp, d.BackingUp}, {&b.Modifying, d.Modifying}, {&b.Rotation, d.Rotation},
		{&b.Deleting, d.Deleting}, {&b.Hydrating, d.Hydrating}, {&b.UnseenFor, d.UnseenFor}, {&b.StaleFor, d.StaleFor},
		{&b.Promoting, d.Promoting}, {&b.ReplicaLag, d.ReplicaLag}, {&b.Stopping, d.Stopping},
	} {
		if *field.value == 0 {
			*field.value = field.fallback
		}
	}
	return b
}

// spread draws a duration.
func (s *Service) spread(d time.Duration) time.Duration {
	if s.o.Random == nil || s.o.Behaviour.Spread == 0 {
		return d
	}
	factor := 1 + s.o.Behaviour.Spread*(2*s.o.Random()-1)
	return time.Duration(float64(d) * factor).Round(time.Second)
}

// create puts a restored instance onto its way to available.
func (s *Service) create(r *region, i *Instance) {
	b := s.o.Behaviour
	now := s.o.Clock.Now()
	i.Created, i.appearsAt = now, now.Add(b.UnseenFor)
	i.statuses = []status{{now, "creating"}}
	r.instances, s.restored = append(r.instances, i), append(s.restored, i)
	s.event(r, i, "RDS-EVENT-0043", []string{"restoration"}, "Restored from snapshot "+i.RestoredFrom)

	type phase struct {
		name string
		last time.Duration
	}
	way := []phase{{"creating", b.Creating}}
	if i.RetentionDays > 0 {
		way = append(way, phase{"backing-up", b.BackingUp})
	} else if b.StuckIn == "backing-up" {
		way = append(way, phase{"backing-up", b.BackingUp})
	}
	way = append(way, phase{"modifying", b.Modifying})
	var at time.Duration
	for _, p := range way {
		s.change(i, at, p.name)
		if p.name == b.StuckIn {
			return
		}
		at += s.spread(p.last)
	}
	if b.EndsIn != "" {
		s.change(i, at, b.EndsIn)
		return
	}
	if b.StartsWith != "" && i.ParameterGroup != b.StartsWith {
		s.later(i, at, func() {
			s.set(i, "incompatible-parameters")
			s.event(r, i, "RDS-EVENT-0035", []string{"failure"}, "Database instance put into incompatible-parameters. The parameters of "+i.ParameterGroup+" do not fit.")
		})
		return
	}
	s.later(i, at, func() {
		s.set(i, "available")
		i.hydratedAt = s.o.Clock.Now().Add(s.spread(b.Hydrating))
		s.event(r, i, "RDS-EVENT-0005", []string{"creation"}, "DB instance created")
		if b.StoppedAfter > 0 {
			s.later(i, s.spread(b.StoppedAfter), func() { s.stop(r, i) })
		}
	})
}

// stop is StopDBInstance, called by somebody. What the instance was busy with
// does not go on: a stop waits until nothing is pending, or ends it.
func (s *Service) stop(r *region, i *Instance) {
	i.generation++
	s.set(i, "stopping")
	s.later(i, s.spread(s.o.Behaviour.Stopping), func() {
		s.set(i, "stopped")
		s.event(r, i, "RDS-EVENT-0087", []string{"notification"}, "DB instance stopped")
	})
}

// change gives the instance a status later.
func (s *Service) change(i *Instance, after time.Duration, name string) {
	s.later(i, after, func() { s.set(i, name) })
}

// later runs f unless the lifecycle has been cut off by then.
func (s *Service) later(i *Instance, after time.Duration, f func()) {
	generation := i.generation
	s.o.Clock.AfterFunc(after, func() {
		if i.generation == generation && !i.deleted {
			f()
		}
	})
}

func (s *Service) set(i *Instance, name string) {
	if i.status() == name {
		return
	}
	i.statuses = append(i.statuses, status{s.o.Clock.Now(), name})
}

// status is the true one.
func (i *Instance) status() string { return i.statuses[len(i.statuses)-1].name }

// Status is the true status of the instance.
func (i *Instance) Status() string { return i.status() }

// seen is the status that Describe shows: an older one for a while after each
// change, and "" while the instance is not seen at all.
func (s *Service) seen(i *Instance) string {
	now := s.o.Clock.Now()
	if now.Before(i.appearsAt) {
		return ""
	}
	shown := i.statuses[0].name
	for _, st := range i.statuses {
		if !st.at.Add(s.o.Behaviour.StaleFor).After(now) {
			shown = st.name
		}
	}
	if i.deleted {
		return "deleting"
	}
	return shown
}
