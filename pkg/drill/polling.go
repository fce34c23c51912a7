package drill

import "time"

// Polling paces the observations of something that takes long. Observing is
// cheap or dear depending on the world: in the cloud each look costs three
// state transitions, on this machine it costs well under a millisecond.
//
// With an expectation from history the first looks are far apart, halving the
// way to 80 % of it; around the expected moment (80 % to 130 %) they come at a
// fixed small distance; after that, and without history, the distance grows
// with the elapsed time. So the number of looks grows with the logarithm of
// the wait, and the moment of availability is known to a fraction of it.
type Polling struct {
	Floor  time.Duration // shortest distance between two looks
	Growth float64       // distance as a fraction of the elapsed time
	Near   float64       // distance near the expected moment, as a fraction of it
}

// Figures of the two paces. A restore of an hour takes at most 35 looks at
// the cloud's pace (about 110 transitions, 0.3 US cents); 24 hours at the
// local pace take about 1,300, well within 25,000 events.
const (
	defaultPollSeconds = 10
	cloudGrowth        = 0.2
	cloudNear          = 0.03
	cloudRemovalFloor  = time.Minute // deleting takes RDS some minutes
	localGrowth        = 0.01
	localNear          = 0.0025
)

// PollingOf returns the pace for these limits: the local one where looks may
// come more often than once a second.
func PollingOf(l Limits) Polling {
	floor := l.PollSeconds
	if floor <= 0 {
		floor = defaultPollSeconds
	}
	if floor < 1 {
		return Polling{Floor: Seconds(floor), Growth: localGrowth, Near: localNear}
	}
	return Polling{Floor: Seconds(floor), Growth: cloudGrowth, Near: cloudNear}
}

// RemovalPolling is the pace for watching a removal: nothing is measured by
// it, and each round asks for the removal again, so it is coarse everywhere.
func RemovalPolling(l Limits) Polling {
	floor := 50 * time.Millisecond
	if l.PollSeconds == 0 || l.PollSeconds >= 1 {
		floor = cloudRemovalFloor
	}
	return Polling{Floor: floor, Growth: cloudGrowth, Near: cloudNear}
}

// Next returns when to look next, for a wait that began at started and is
// expected to take expected (0: unknown). It is after now, except that it is
// never after started+limit: the last look falls on the deadline.
func (p Polling) Next(started, now time.Time, expected, limit time.Duration) time.Time {
	next := now.Add(p.wait(now.Sub(started), expected))
	if deadline := started.Add(limit); next.After(deadline) {
		return deadline
	}
	return next
}

func (p Polling) wait(elapsed, expected time.Duration) time.Duration {
	grown := max(p.Floor, fraction(elapsed, p.Growth))
	if expected <= 0 {
		return grown
	}
	near := max(p.Floor, fraction(expected, p.Near))
	from, until := fraction(expected, 0.8), fraction(expected, 1.3)
	switch {
	case elapsed < from:
		return max(near, (from-elapsed)/2)
	case elapsed < until:
		return near
	}
	return max(near, grown)
}

func fraction(d time.Duration, f float64) time.Duration {
	return time.Duration(float64(d) * f)
}

// Seconds converts a figure in seconds, as plans and facts hold it.
func Seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second))
}
