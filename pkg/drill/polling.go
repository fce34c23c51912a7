package drill

import "time"

// Polling paces the observations of something that takes long. Observing is
// cheap or dear depending on the world: on this machine a look costs well
// under a millisecond, in the cloud one call and three state transitions. So
// there are two paces; see proportional and schedule.
type Polling struct{ pace pace }

// pace tells how long to wait after elapsed, where expected (0: unknown) is
// how long it takes in all. The answer is above zero.
type pace interface {
	wait(elapsed, expected time.Duration) time.Duration
}

const (
	defaultPollSeconds = 10
	localGrowth        = 0.01
	localNear          = 0.0025
	removalGrowth      = 0.2
	cloudRemovalFloor  = time.Minute // deleting takes RDS some minutes
	startMost          = 3 * time.Minute
)

// LocalPace tells whether looks may come more often than once a second, as on
// this machine; Step Functions counts in seconds.
func (l Limits) LocalPace() bool { return l.PollSeconds > 0 && l.PollSeconds < 1 }

// PollingOf returns the pace for these limits: the local one where looks may
// come more often than once a second.
func PollingOf(l Limits) Polling {
	floor := l.PollSeconds
	if floor <= 0 {
		floor = defaultPollSeconds
	}
	if l.LocalPace() {
		return Polling{proportional{floor: Seconds(floor), growth: localGrowth, near: localNear}}
	}
	return Polling{schedule{floor: Seconds(floor), spread: l.ExpectedRestoreSpread, told: l.AwaitEvents && l.EventsTell}}
}

// RemovalPolling is the pace for watching a removal: nothing is measured by
// it, and each round asks for the removal again, so it is coarse everywhere.
func RemovalPolling(l Limits) Polling {
	floor := 50 * time.Millisecond
	if !l.LocalPace() {
		floor = cloudRemovalFloor
	}
	return Polling{proportional{floor: floor, growth: removalGrowth}}
}

// StartPolling is the pace for asking again for a restore that the provider could
// not begin: once a minute, and every three later on. What lies between two asks is
// in the recovery time, and in its uncertainty.
func StartPolling(l Limits) Polling {
	if l.LocalPace() {
		return RemovalPolling(l)
	}
	return Polling{proportional{floor: time.Minute, growth: removalGrowth, most: startMost}}
}

// Next returns when to look next, for a wait that began at started and is
// expected to take expected (0: unknown). It is after now, except that it is
// never after started+limit: the last look falls on the deadline.
func (p Polling) Next(started, now time.Time, expected, limit time.Duration) time.Time {
	next := now.Add(p.pace.wait(now.Sub(started), expected))
	if deadline := started.Add(limit); next.After(deadline) {
		return deadline
	}
	return next
}

// proportional is the pace of this machine: distances are a fraction of the
// time that has passed, so that the number of looks grows with the logarithm
// of the wait and the moment of availability is known to that fraction.
//
// With an expectation from history the first looks are far apart, halving the
// way to 80 % of it; around the expected moment (80 % to 130 %) they come at a
// fixed small distance. 24 hours take about 1,300 looks, well within the
// 25,000 events of an execution.
type proportional struct {
	floor  time.Duration // shortest distance between two looks
	growth float64       // distance as a fraction of the elapsed time
	near   float64       // distance near the expected moment, as a fraction of it
	most   time.Duration // longest distance where nothing is expected; zero: none
}

func (p proportional) wait(elapsed, expected time.Duration) time.Duration {
	grown := max(p.floor, fraction(elapsed, p.growth))
	if p.most > 0 {
		grown = min(grown, p.most)
	}
	if expected <= 0 {
		return grown
	}
	near := max(p.floor, fraction(expected, p.near))
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
