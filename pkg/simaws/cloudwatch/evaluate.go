package cloudwatch

import (
	"math"
	"time"
)

// An evaluation at a minute looks at windows that end at that minute: of an
// alarm with periods of five minutes, at 10:06, the data of 10:01 to 10:06,
// 09:56 to 10:01, and so on. The windows slide, they are not those of graphs.
//
// N windows are wanted. Where some have no data CloudWatch looks at older ones,
// up to the evaluation range, and takes the newest that have; where the range
// has fewer than N it fills up as the alarm says (judge).
//
// A datum at t is in window k of an evaluation that ends at T where
// T-(k+1)P <= t < T-kP. So it changes the answer when T passes t+kP: those are
// the only moments at which an alarm is evaluated.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html

// upcoming is the end of the next window whose evaluation is still to come.
func (a *alarm) upcoming(now time.Time) int64 {
	return floor(now.UnixNano()-a.lag, a.step) + a.step
}

// after is the first window's end that is behind a time.
func (a *alarm) after(at int64) int64 { return floor(at, a.step) + a.step }

func floor(at, step int64) int64 {
	n := at / step
	if at < 0 && at%step != 0 {
		n--
	}
	return n * step
}

// touched is that a datum of a time was put.
func (s *Service) touched(a *alarm, at int64) {
	end := max(a.upcoming(s.o.Clock.Now()), a.after(at))
	if end-int64(a.periods)*a.period <= at { // or it is too old to be seen
		s.wake(a, end)
	}
}

// wake has an alarm evaluated at the end of a window, if not before.
func (s *Service) wake(a *alarm, end int64) {
	if a.next == 0 || end < a.next {
		a.next = end
		s.arm(end + a.lag)
	}
}

// arm sets the timer, if it is not set for earlier.
func (s *Service) arm(at int64) {
	if s.armed != 0 && s.armed <= at {
		return
	}
	if s.disarm != nil {
		s.disarm()
	}
	s.armed = at
	s.disarm = s.o.Clock.AfterFunc(time.Duration(at-s.o.Clock.Now().UnixNano()), s.tick)
}

// tick evaluates the alarms that are due, in the order in which they were made.
func (s *Service) tick() {
	s.armed, s.disarm = 0, nil
	now := s.o.Clock.Now()
	var changes []Change
	for _, a := range s.alarms {
		if a.next == 0 || a.next+a.lag > now.UnixNano() {
			continue
		}
		// On a clock that is late, the newest window that is over counts.
		end := a.upcoming(now) - a.step
		if change, ok := a.evaluate(end, now); ok {
			changes = append(changes, change)
		}
	}
	next := int64(0)
	for _, a := range s.alarms {
		if due := a.next + a.lag; a.next != 0 && (next == 0 || due < next) {
			next = due
		}
	}
	if next != 0 {
		s.arm(next)
	}
	s.tell(changes)
}

// tell tells of changes, and of those of composite alarms that follow from them.
func (s *Service) tell(changes []Change) {
	s.announce(append(changes, s.follow(changes)...))
}

func (s *Service) announce(changes []Change) {
	for _, change := range changes {
		for _, f := range s.changed {
			f(change)
		}
	}
}

// evaluate looks at the windows that end at a time.
func (a *alarm) evaluate(end int64, now time.Time) (Change, bool) {
	figures, counts := a.figures(end)
	points := a.points[:0]
	for i, value := range figures {
		if !math.IsNaN(value) && len(points) < a.n {
			points = append(points, point{
				age: i + 1, begin: end - int64(i+1)*a.period, value: value, breaches: a.breaches(value), count: counts[i],
			})
		}
	}
	v := judge(points, a.n, a.m, a.missing, a.state)
	if v.state == a.state {
		return Change{}, false
	}
	return a.become(v.state, a.words(points, v), a.details(points, now), now), true
}

// become changes the state.
func (a *alarm) become(state, reason, data string, now time.Time) Change {
	c := Change{
		Alarm: a.Alarm, From: a.state, To: state, Reason: reason, At: now, Data: data, Configured: a.configured,
		FromReason: a.reason, FromData: a.data, FromAt: a.since,
	}
	if state != a.state {
		a.since = now
	}
	a.state, a.reason, a.data, a.updated = state, reason, data, now
	return c
}

// figures of the evaluation range, the newest window first, and how many
// samples each has (of an expression: none). It also finds when to look again.
// What it returns lasts until it is called again.
func (a *alarm) figures(end int64) (figures, counts []float64) {
	a.next = 0
	begin := end - int64(a.periods)*a.period
	clear(a.counts)
	for i := range a.inputs {
		in := &a.inputs[i]
		clear(a.windows)
		for _, p := range in.since(begin) {
			if in.metric.Unit != "" && in.metric.Unit != units[p.unit] {
				continue
			}
			k := int64(0) // the window that it comes into next
			if p.at < end {
				k = (end - 1 - p.at) / a.period
				a.windows[k].add(p)
				k++
			}
			if next := a.after(p.at + k*a.period); a.next == 0 || next < a.next {
				a.next = next
			}
		}
		for k, w := range a.windows {
			a.columns[i][k] = missingValue
			if w.count > 0 {
				a.columns[i][k] = in.figure(w)
				if a.Metric != nil {
					a.counts[k] = w.count
				}
			}
		}
	}
	return a.watched.eval(a.columns).of, a.counts
}

// since are the samples at or after a time, which never goes back. What is put
// late shifts the others: those before the old first are passed over again.
func (in *input) since(at int64) []sample {
	points, i := in.series.points, in.first
	for i < len(points) && points[i].at < at {
		i++
	}
	in.first = i
	return points[i:]
}

// point is a window that has data.
type point struct {
	age      int   // 1: the newest window
	begin    int64 // of the window
	value    float64
	breaches bool
	count    float64
}

// verdict on an alarm.
type verdict struct {
	state  string
	filled int // how many windows were filled in
}

// judge says the state: points are the newest windows that have data, at most n.
func judge(points []point, n, m int, missing, state string) verdict {
	breaching := 0
	for _, p := range points {
		if p.breaches {
			breaching++
		}
	}
	filled := n - len(points)
	if filled > 0 && missing == "breaching" {
		breaching += filled
	}
	decided := func(raised bool) verdict {
		if raised {
			return verdict{InAlarm, filled}
		}
		return verdict{OK, filled}
	}
	switch {
	case filled == 0 || missing == "breaching" || missing == "notBreaching" || breaching >= m:
		return decided(breaching >= m)
	case breaching < len(points): // a datum within the threshold
		return decided(false)
	case missing == "ignore":
		return verdict{state, filled}
	case len(points) == 0:
		return verdict{InsufficientData, filled}
	case points[len(points)-1].age >= m:
		// The premature alarm state: the oldest datum is old enough for an alarm, and
		// no newer one is against it.
		return decided(true)
	}
	// Too early for an alarm: the user guide says that it is none; that the state
	// stays as it is, is unproven.
	return verdict{state, filled}
}
