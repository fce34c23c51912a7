// Package clock is the only home of time.Now. Everything that needs the time
// takes a Clock, so that the same code runs against the wall clock and in
// virtual time, where an hour passes in milliseconds.
//
// Wall-clock readings are timestamps and are always UTC. A duration is
// measured with a Stopwatch, which uses the monotonic clock and is valid
// within one process only.
package clock

import "time"

// Clock tells the time and calls back later.
type Clock interface {
	// Now returns the current time in UTC.
	Now() time.Time
	// AfterFunc calls f once, d from now (at once if d <= 0), from an
	// unspecified goroutine. The returned stop reports whether it prevented
	// the call.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Real is the wall clock. The zero value is ready for use.
type Real struct{}

// Now returns the wall-clock time in UTC.
func (Real) Now() time.Time { return time.Now().UTC() }

// AfterFunc calls f in its own goroutine after d.
func (Real) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(max(d, 0), f).Stop
}

// Stopwatch measures a duration within one process; it is immune to changes
// of the wall clock. Make one with StartStopwatch.
type Stopwatch struct{ started time.Time }

// StartStopwatch starts measuring now.
func StartStopwatch() Stopwatch { return Stopwatch{started: time.Now()} }

// Elapsed returns the time since the stopwatch was started.
func (s Stopwatch) Elapsed() time.Duration { return time.Since(s.started) }
