package budget

import (
	"slices"
	"time"
)

// pointInTime is the witness of what is always as far behind.
func pointInTime(lag time.Duration) []Event {
	return []Event{{At: patternBegin, Kind: Started, Point: 1}, {At: patternBegin, Kind: Completed, Point: 1}, {At: patternBegin.Add(lag), Kind: Disaster}}
}

// witness tells how the worst case comes about. Moments that a job can only come
// close to, such as the end of its window, are told as if it reached them.
func (o *outcome) witness() []Event {
	t := o.times
	events := make([]Event, 0, 16)
	add := func(at int64, kind EventKind, j *job, point int) {
		rule := ""
		if j != nil {
			rule = t.tracks[j.rule].name
		}
		events = append(events, Event{At: t.begin.Add(duration(at)), Kind: kind, Rule: rule, Point: point})
	}
	point := func(j *job, began int64, number int) {
		track := &t.tracks[j.rule]
		add(began, Started, j, number)
		if done := began + track.made; done < o.end {
			add(done, Completed, j, number)
		}
		if done := began + track.made + track.copying; o.reach == copies && done < o.end {
			add(done, Copied, j, number)
		}
	}
	kept, next := &t.jobs[o.kept], &t.jobs[o.next]
	add(kept.from, Scheduled, kept, 0)
	point(kept, o.began, 1)
	last, busy, number := o.kept, o.began+t.tracks[kept.rule].busy(), 2
	if o.fallback { // what came between, up to the one that is gone, would not change anything
		gone := &t.jobs[o.gone]
		add(gone.from, Scheduled, gone, 0)
		point(gone, o.goneBegan, 2)
		add(o.goneBegan+t.kept(gone, o.reach), Removed, gone, 2)
		last, busy, number = o.gone, o.goneBegan+t.tracks[gone.rule].busy(), 3
	}
	for k := last + 1; k < o.next; k++ {
		j := &t.jobs[k]
		add(j.from, Scheduled, j, 0)
		switch {
		case j.over:
			add(j.from, PassedOver, j, 0)
		case o.block.hits(j.from, j.until, o.phase) && o.block.length > 0:
			add(o.blockedStart(j), Failed, j, 0)
		case busy >= j.until:
			add(j.until, Expired, j, 0)
		case !t.counts(j, o.reach):
			add(j.until, Started, j, 0) // a recovery point that would not survive
			busy = max(busy, j.until+t.tracks[j.rule].busy())
		}
	}
	add(next.from, Scheduled, next, 0)
	point(next, next.until, number)
	if b := o.block; b.length > 0 {
		begins := o.phase + seconds(beforeMaintenance)
		for at := o.began + mod(begins-o.began, seconds(week)); at < o.end; at += seconds(week) {
			add(at, Maintenance, nil, 0)
		}
	}
	slices.SortStableFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	add(o.end, Disaster, nil, 0)
	return events
}

// blockedStart is a moment of the job's window at which it would fail.
func (o *outcome) blockedStart(j *job) int64 {
	if o.block.free(j.from, o.phase) != j.from {
		return j.from
	}
	return j.from + mod(o.phase-j.from, seconds(week))
}

// Replay is the loss that a witness shows: from the newest recovery point that is
// usable before the disaster to the disaster. Where it tells of copies, only those
// are usable. Negative: none is.
func Replay(witness []Event) time.Duration {
	usable := Completed
	if slices.ContainsFunc(witness, func(e Event) bool { return e.Kind == Copied }) {
		usable = Copied
	}
	began := map[int]time.Time{}
	var newest, disaster time.Time
	for _, e := range witness {
		switch e.Kind {
		case Started:
			began[e.Point] = e.At
		case Removed:
			delete(began, e.Point)
		case Disaster:
			disaster = e.At
		case Scheduled, PassedOver, Failed, Expired, Completed, Copied, Maintenance: // what led to it
		}
	}
	for _, e := range witness {
		if at, kept := began[e.Point]; kept && e.Point > 0 && e.Kind == usable && e.At.Before(disaster) && at.After(newest) {
			newest = at
		}
	}
	if newest.IsZero() || disaster.IsZero() {
		return -1
	}
	return disaster.Sub(newest)
}
