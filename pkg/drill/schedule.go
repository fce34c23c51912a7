package drill

import (
	"math"
	"time"
)

// schedule is the pace of the cloud. Its looks fall on moments that follow
// from the expectation alone: an event adds a look and moves no other, and
// what a look itself takes does not add up.
//
// Let a restore take T, log-normal, with median E and spread s (the standard
// deviation of ln T). Looks g apart see its end with a lag that is uniform on
// 0 to g: g/2 at the median. A look is wasted before T can be over, so the
// first one comes at
//
//	q + g,  q = E exp(-2.41 s)    P(T < q) = 0.8 %
//
// and 99.2 % of all restores are seen within g of their end; one that ends at
// q is seen by the first look. The median restore takes
//
//	(E - q - g)/g + 1 = 20 to 21 looks    E = 20 min, s = 0.3, g = 30 s
//
// and this is the least there is: gaps over 30 s anywhere but on one hundredth
// of the distribution raise the lag's 99th percentile above 30 s, and that
// hundredth saves most calls at the far left, before which every restore is
// still running. docs/waiting.md has the argument, and what follows from it:
// no schedule has both a lag as boto3's waiter where no event comes and twelve
// calls where one does, because until the event comes the two are the same.
// So which of the two a database's restores are is learned; see
// Limits.EventsTell.
type schedule struct {
	floor  time.Duration // shortest distance between two looks
	spread float64       // of the logarithms; zero: that of a single past restore
	told   bool          // an event is known to tell the end: looks are the fallback
}

const (
	// evenGap is the distance of the looks of boto3's waiter.
	// https://docs.aws.amazon.com/boto3/latest/reference/services/rds/waiter/DBInstanceAvailable.html
	evenGap = 30 * time.Second
	// Looks are evenGap apart where 15 to 26 minutes are expected; below, a
	// thirtieth of it, because the lag counts for more; above, a part of what
	// is more than 15 minutes, because an hour must cost at most 120
	// transitions.
	shortPart, longFrom, longPart = 30, 15 * time.Minute, 22
	// Past the median the end is nearer every moment (the hazard rate of the
	// log-normal grows there), so a shorter distance buys most.
	latePart = 0.9
	// Whatever the spread, the looks of a long wait are bounded: each 1 % later
	// than the one before.
	lateGrowth = 100
	// leftTail and rightTail are distances from the median, in spreads. Left of
	// the one no restore has ended (0.8 %), right of the other all have
	// (99.93 %): history is wrong, and distances grow by a tenth of the excess.
	leftTail, rightTail = 2.41, 3.2
	tailGrowth          = 10
	// Without history looks come a little quicker than boto3's, which makes up
	// for its first call, and slow down after 37 minutes, where nothing is
	// known to be near: 24 hours take about 350 looks.
	unknownGap, unknownGrowth = 29300 * time.Millisecond, 75
	// No silence is longer than maxSilence, or a sixth of the expected where
	// that is more: history may be much too long. An event ends it anyway.
	maxSilence, silencePart = 15 * time.Minute, 6
	// Where an event tells the end, looks only find out that it was lost.
	toldFrom, toldGrowth = 10, 8
	// tooSoon: a look that is due so soon after another (one that was late, or
	// that an event caused) is passed over.
	tooSoon = 5 * time.Second
)

func (s schedule) wait(elapsed, expected time.Duration) time.Duration {
	next := s.first(elapsed, expected)
	for next <= elapsed+tooSoon {
		next += max(s.floor, s.gap(next, expected))
	}
	return next - elapsed
}

// first is the first look after elapsed that comes before the gaps: the one
// that can find the restore finished, or one that ends a silence.
func (s schedule) first(elapsed, expected time.Duration) time.Duration {
	if expected <= 0 {
		return max(s.floor, unknownGap)
	}
	first := s.quantile(expected, -leftTail)
	first += max(s.floor, s.gap(first, expected))
	silences := (first-1)/max(maxSilence, expected/silencePart) + 1
	for i := range silences {
		if at := first * (i + 1) / silences; at > elapsed+tooSoon {
			return at
		}
	}
	return first
}

// gap is the distance to the look after the one at elapsed.
func (s schedule) gap(elapsed, expected time.Duration) time.Duration {
	if expected <= 0 {
		return max(unknownGap, elapsed/unknownGrowth)
	}
	if s.told {
		return max(expected/toldFrom, elapsed/toldGrowth)
	}
	gap := max(min(expected/shortPart, evenGap), (expected-longFrom)/longPart)
	if elapsed >= expected {
		gap = max(fraction(gap, latePart), elapsed/lateGrowth)
	}
	return gap + max(0, elapsed-s.quantile(expected, rightTail))/tailGrowth
}

// quantile is the moment so many spreads from the median.
func (s schedule) quantile(expected time.Duration, spreads float64) time.Duration {
	spread := s.spread
	if spread <= 0 {
		spread = oneRestoreSpread
	}
	return fraction(expected, math.Exp(spreads*spread))
}
