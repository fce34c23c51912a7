// Package scheduler is the simulated EventBridge Scheduler: schedules fire by
// their expression, in their time zone, at a place in their flexible window, and
// hand their input to their target with their role, again and again where that
// fails; what cannot be delivered goes to the dead-letter queue.
//
// An occurrence waits in its window, then it is handed over by what the schedule
// says at that moment: a change in between counts, and one that was removed or
// disabled does nothing. What was handed over once is tried again as it was.
// That is unproven; the guide warns that a change takes effect late.
//
// Delivery is at the first second of the minute, or of the window's place: AWS
// says within the minute. It is at least once, see Options.Again. Schedules work
// in virtual time only. The wire knows GetSchedule and ListSchedules.
//
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
package scheduler

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/redelivery"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/timetable"
)

// Schedule is one schedule with its target.
type Schedule struct {
	ARN, Name       string
	Group           string // empty: default
	Account, Region string
	Expression      string        // cron(...), rate(...) or at(...)
	Timezone        string        // of the IANA database; empty: UTC
	Enabled         bool          // CloudFormation's default is that it is
	Window          time.Duration // within which it fires, after its time; zero: at once
	Start, End      time.Time     // zero: from its making on, without end. One-time schedules have neither
	TargetARN       string
	RoleARN         string
	Input           string        // JSON where the target is Lambda, Step Functions or EventBridge
	DeadLetter      string        // ARN of a queue; empty: what cannot be delivered is lost
	KMSKey          string        // that it is encrypted with; who may use it is not asked here
	MaxAge          time.Duration // zero: 24 hours
	MaxRetries      *int          // nil: 185
}

// Options of the service.
type Options struct {
	Clock clock.Clock
	// Random is the place in a flexible window, from 0 up to below 1; nil: always
	// at its beginning.
	Random func() float64
	// Deliver hands the payload over to the target and returns at once, from a
	// timer. An *wire.Error that says that something is forbidden or missing is
	// final; after any other error it is tried again. nil: there can be no
	// schedules.
	Deliver func(Schedule, []byte) error
	// Again is after how long an occurrence that was due at a time is handed over
	// once more, each time of its own; nil: never. AWS promises at least once.
	Again func(s Schedule, due time.Time) []time.Duration
	// DeadLetter puts a message into Schedule.DeadLetter; nil: no queue takes any.
	DeadLetter func(Undelivered) error
	// Lost is told what reached neither its target nor a queue; the error says why
	// not. May be nil.
	Lost func(Undelivered, error)
}

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	o         Options
	schedules map[string]*schedule // by ARN
}

// schedule is one that was added.
type schedule struct {
	Schedule
	expression        timetable.Expression
	zone              *time.Location
	anchor            time.Time // of a rate: its first moment; zero: it was never enabled
	created, modified time.Time
	stop              func() bool // of the next occurrence; nil: there is none
	next, last        time.Time   // occurrence
}

func (n *schedule) policy() redelivery.Policy {
	return redelivery.Policy{MaxAge: n.MaxAge, MaxRetries: n.MaxRetries}
}

// New makes the service, without any schedule.
func New(o Options) *Service { return &Service{o: o, schedules: map[string]*schedule{}} }

// AddSchedule makes a schedule, or replaces that of the same ARN. What AWS would
// refuse, and what is not simulated, is an error.
//
// A rate begins at Start, or where there is none at once, as the guide says. One
// whose expression and Start stay the same keeps its rhythm (unproven).
func (s *Service) AddSchedule(added Schedule) error {
	now := s.o.Clock.Now()
	n := &schedule{Schedule: added, created: now, modified: now}
	if err := n.read(s.o); err != nil {
		return fmt.Errorf("schedule %s: %w", added.Name, err)
	}
	// What is due at this very moment is not due of a new schedule, but of a rate,
	// which begins now, and of one that stays the same, unless it was.
	after := now
	if n.expression.Rate() > 0 {
		after = now.Add(-1)
	}
	if old := s.schedules[n.ARN]; old != nil {
		n.created, n.last = old.created, old.last
		if old.Expression == n.Expression && old.Start.Equal(n.Start) {
			n.anchor, after = old.anchor, now.Add(-1)
		}
		if n.last.After(after) {
			after = n.last
		}
		s.RemoveSchedule(n.ARN)
	}
	if n.Enabled && n.anchor.IsZero() {
		n.anchor = now
		if !n.Start.IsZero() {
			n.anchor = n.Start
		}
	}
	s.schedules[n.ARN] = n
	s.arm(n, after)
	return nil
}

// RemoveSchedule removes a schedule; of an unknown one nothing.
func (s *Service) RemoveSchedule(arn string) {
	if old := s.schedules[arn]; old != nil && old.stop != nil {
		old.stop()
	}
	delete(s.schedules, arn)
}

// Next is when a schedule is next due, its window not counted; false: never, or
// there is no such schedule.
func (s *Service) Next(arn string) (time.Time, bool) {
	n := s.schedules[arn]
	if n == nil || n.stop == nil {
		return time.Time{}, false
	}
	return n.next, true
}

// Schedules are those that are there, by ARN.
func (s *Service) Schedules() []Schedule {
	var all []Schedule
	for _, arn := range slices.Sorted(maps.Keys(s.schedules)) {
		all = append(all, s.schedules[arn].Schedule)
	}
	return all
}

// arm sets the timer of the first occurrence behind a moment.
func (s *Service) arm(n *schedule, after time.Time) {
	n.stop = nil
	if !n.Enabled {
		return
	}
	if !n.expression.Once() && !n.Start.IsZero() && after.Before(n.Start) {
		after = n.Start.Add(-1)
	}
	at, more := n.expression.Next(after, n.zone, n.anchor)
	if !more || !n.expression.Once() && !n.End.IsZero() && at.After(n.End) {
		return
	}
	n.next = at
	n.stop = s.o.Clock.AfterFunc(at.Sub(s.o.Clock.Now()), func() {
		n.last = at
		s.arm(n, at)
		s.occur(n, at)
	})
}

// occur is one occurrence: it is handed over within the window, and perhaps
// again.
func (s *Service) occur(n *schedule, due time.Time) {
	var place time.Duration
	if n.Window > 0 && s.o.Random != nil {
		place = time.Duration(s.o.Random() * float64(n.Window)).Truncate(time.Second)
	}
	waits := []time.Duration{place}
	if s.o.Again != nil {
		for _, later := range s.o.Again(n.Schedule, due) {
			waits = append(waits, place+later)
		}
	}
	for i, wait := range waits {
		if wait == 0 {
			s.invoke(n.ARN, due, i)
			continue
		}
		s.o.Clock.AfterFunc(wait, func() { s.invoke(n.ARN, due, i) })
	}
}

func (s *Service) invoke(arn string, due time.Time, copied int) {
	n := s.schedules[arn]
	if n == nil || !n.Enabled {
		return
	}
	now := n.Schedule
	var id string
	redelivery.Try(s.o.Clock, n.policy(), func(number int) error {
		id = executionID(arn, due, copied, number)
		return s.o.Deliver(now, []byte(fill(now, due, id, number)))
	}, func(f redelivery.Failure) {
		s.bury(undelivered(now, due, id, f, s.o.Clock.Now()))
	})
}

func (s *Service) bury(u Undelivered) {
	var err error
	switch {
	case u.Schedule.DeadLetter == "":
		err = errors.New("the schedule " + u.Schedule.Name + " has no dead-letter queue")
	case s.o.DeadLetter == nil:
		err = errors.New("there is no queue " + u.Schedule.DeadLetter)
	default:
		err = s.o.DeadLetter(u)
	}
	if err != nil && s.o.Lost != nil {
		s.o.Lost(u, err)
	}
}

// executionID is made up, one for each attempt.
func executionID(arn string, due time.Time, copied, attempt int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d %d", arn, due.Unix(), copied, attempt))
	return fmt.Sprintf("%x", sum[:8])
}

// Context attributes.
const (
	attributeARN     = "<aws.scheduler.schedule-arn>"
	attributeTime    = "<aws.scheduler.scheduled-time>"
	attributeID      = "<aws.scheduler.execution-id>"
	attributeAttempt = "<aws.scheduler.attempt-number>"
)

// fill puts the context attributes into the input.
func fill(s Schedule, due time.Time, id string, attempt int) string {
	return strings.NewReplacer(
		attributeARN, s.ARN, attributeTime, due.UTC().Format(time.RFC3339), attributeID, id, attributeAttempt, fmt.Sprint(attempt),
	).Replace(s.Input)
}
