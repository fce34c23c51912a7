package budget

import "time"

// reach is which recovery points survive.
type reach int

const (
	made   reach = iota // all: those in their own vault are the newest
	copies              // the copies only
)

// worst is the worst case of a rule set and a reach.
type worst struct {
	// none: no rule makes what would survive. unbounded: some do, and yet a moment
	// can come at which nothing is left, or nothing ever gets through.
	none, unbounded bool
	// why a case is unbounded; order is its loss in the other order of rules that are
	// kept equally long, where it is bounded in that.
	why   string
	order int64
	loss  int64
	// How it comes about: job kept started at began, and next is usable only at end.
	// fallback: a newer one than kept is already gone by then.
	began, end int64
	kept, next int
	phase      int64 // of the blocked time
	fallback   bool
	gone       int // the job that made it, at goneBegan
	goneBegan  int64
}

// beyond is after every loss.
const beyond = int64(1) << 40

// expired is why nothing is sure to be left where recovery points are short-lived.
const expired = "the newest recovery point is kept for a shorter time than the next one can take, and nothing older is left"

// search finds the worst case over all that is not ours to choose: the start of
// each job within its window, the disaster and, where it is not known, the weekly
// blocked time.
//
// A loss is from the moment of the data of the newest usable recovery point to the
// disaster. It is greatest the moment before the next one becomes usable. So with a
// job that starts as early as it can, all that follow fail, wait or expire for as
// long as they can, and the first that cannot starts as late as it can.
//
// The job that begins the worst case may be the first one of all, so that nothing
// before it keeps it from starting whenever it likes in its window.
func (l *layouts) search(r reach) (worst, *timetable) {
	b := l.set.block
	if !b.known {
		t := l.table(0)
		if t.none(r) {
			return worst{none: true}, t
		}
		if found, ok := t.quick(b, r); ok {
			return found, t
		}
	}
	t := l.table(1)
	if t.none(r) {
		return worst{none: true}, t
	}
	if found := t.look(b, r); !found.unbounded || t.period == 0 {
		return found, t
	}
	t = l.table(2) // a fortnight was too short to tell
	return t.look(b, r), t
}

// layouts are timetables of one set that reach further and further: how many days
// before and after those that are looked at.
type layouts struct {
	set     set
	tables  [3]*timetable
	scratch *[]job
}

var reaches = [3][2]int64{{0, 3}, {0, 14}, {28, 56}}

func (l *layouts) table(i int) *timetable {
	if l.tables[i] == nil {
		var scratch []job
		if i == 0 {
			scratch = *l.scratch
		}
		t := l.set.lay(reaches[i][0], reaches[i][1], scratch)
		if l.tables[i] = &t; i == 0 && cap(t.jobs) > cap(scratch) {
			*l.scratch = t.jobs
		}
		if t.period == 0 { // a calendar is the same, however far
			l.tables = [3]*timetable{&t, &t, &t}
		}
	}
	return l.tables[i]
}

func (t *timetable) look(b blocked, r reach) worst {
	if b.known {
		return t.given(b, mod(b.from-t.offset, seconds(week)), r)
	}
	return t.everyPhase(b, r)
}

func (t *timetable) none(r reach) bool {
	for i := t.first; i < t.last; i++ {
		if t.counts(&t.jobs[i], r) && !t.jobs[i].over {
			return false
		}
	}
	return true
}

// counts tells whether a job's recovery points are among the survivors.
func (t *timetable) counts(j *job, r reach) bool {
	track := &t.tracks[j.rule]
	return track.lasting && (r == made || track.copied)
}

// usable is how long after its start a job's recovery point is there to be used,
// kept how long it is.
func (t *timetable) usable(j *job, r reach) int64 {
	track := &t.tracks[j.rule]
	if r == made {
		return track.made
	}
	return track.made + track.copying
}

func (t *timetable) kept(j *job, r reach) int64 {
	track := &t.tracks[j.rule]
	switch {
	case r == copies:
		return track.keepCopy
	case track.copied:
		return max(track.keep, track.keepCopy)
	}
	return track.keep
}

// after is the first job after i that must get through, given that nothing may
// start before busy; len(t.jobs) where none is. With one blocked time for the whole
// of it, phase is where it begins; phase < 0 on the way in: it begins at the last
// moment of the first window that it can do harm in, and after says when that is.
func (t *timetable) after(i int, busy int64, b blocked, phase int64, once bool, r reach) (int, int64) {
	for k := i + 1; k < len(t.jobs); k++ {
		j := &t.jobs[k]
		if j.over {
			continue
		}
		counts := t.counts(j, r)
		hit := false
		switch {
		case !once:
			hit = b.hits(j.from, j.until, phase)
		case phase == beyond:
			if counts && busy < j.until {
				phase, hit = j.until-1, true
			}
		default:
			hit = j.from < phase+b.length
		}
		switch {
		case counts && !hit && busy < j.until:
			return k, phase
		case !counts:
			// It may start, and keep others waiting, where it does not fail itself.
			busy = max(busy, j.until+t.tracks[j.rule].busy())
		}
	}
	return len(t.jobs), phase
}

// quick is the search where one blocked time is all that a gap can meet, which is
// so for gaps of less than a week, and where nothing expires meanwhile; ok tells
// whether that is so.
func (t *timetable) quick(b blocked, r reach) (found worst, ok bool) {
	keep := beyond
	for i := range t.tracks {
		if track := &t.tracks[i]; track.lasting && (r == made || track.copied) {
			keep = min(keep, t.kept(&job{rule: int32(i)}, r))
		}
	}
	for i := t.first; i < t.last; i++ {
		j := &t.jobs[i]
		if j.over || !t.counts(j, r) {
			continue
		}
		busy := t.tracks[j.rule].busy()
		for began := j.from; began < j.until; {
			next, phase := t.after(i, began+busy, b, beyond, true, r)
			if next == len(t.jobs) {
				if t.period == 0 && t.jobs[next-1].from-began < seconds(400*day) {
					return found, found.loss > 0 // the calendar's end; those before were looked at
				}
				return worst{}, false
			}
			n := &t.jobs[next]
			end := n.until + t.usable(n, r)
			if n.until-began > seconds(week)-b.length || end-began > keep {
				return worst{}, false
			}
			if end-began > found.loss {
				found = worst{loss: end - began, began: began, end: end, kept: i, next: next, phase: phase}
			}
			// The next start that makes a difference lets the job that the blocked time was
			// needed for expire.
			if began = phase + 1 - busy; began <= j.from {
				break
			}
		}
	}
	return found, found.loss > 0
}

// everyPhase looks at each place of the blocked time that could be the worst: it
// ends before a window that it would have to spare, or begins in the last moment of
// one that it harms. Between two such places it harms no more and no others.
func (t *timetable) everyPhase(b blocked, r reach) (found worst) {
	t.expires = make([]bool, len(t.jobs))
	calm := t.given(blocked{known: true}, 0, r)
	if calm.unbounded {
		return calm
	}
	found = calm
	seen := map[int64]bool{}
	for i := range t.jobs {
		j := &t.jobs[i]
		if j.over {
			continue
		}
		for _, phase := range []int64{mod(j.until-1, seconds(week)), mod(j.from-b.length, seconds(week))} {
			if seen[phase] {
				continue
			}
			seen[phase] = true
			if w := t.harmed(b, phase, r, false); w.unbounded || w.loss > found.loss {
				found = w
			}
			if found.unbounded {
				return found
			}
		}
	}
	return found
}

// given is the search with the blocked time at a phase.
func (t *timetable) given(b blocked, phase int64, r reach) worst {
	return t.harmed(b, phase, r, true)
}

// harmed is given, and leaves out what no blocked time changes unless all is asked
// for: a job that can start when it likes and whose next is not in its way.
func (t *timetable) harmed(b blocked, phase int64, r reach, all bool) (found worst) {
	found.phase = phase
	any := false
	for i := t.first; i < t.last; i++ {
		j := &t.jobs[i]
		if j.over || !t.counts(j, r) {
			continue
		}
		if !all && !t.expires[i] && !b.hits(j.from, j.until, phase) && !t.nextHit(i, b, phase, r) {
			any = true
			continue
		}
		busy := t.tracks[j.rule].busy()
		for began := b.free(j.from, phase); began < j.until; {
			any = true
			next, _ := t.after(i, began+busy, b, phase, false, r)
			if next == len(t.jobs) {
				if t.period == 0 && t.later(i, r) < enoughToTell {
					break // the calendar's end
				}
				return worst{unbounded: true, why: neverAgain, kept: i, phase: phase}
			}
			n := &t.jobs[next]
			end := n.until + t.usable(n, r)
			w := worst{loss: end - began, began: began, end: end, kept: i, next: next, phase: phase}
			if w.loss > t.kept(j, r) {
				if len(t.expires) > 0 {
					t.expires[i] = true
				}
				if !t.older(&w, b, r) {
					return worst{unbounded: true, why: expired, kept: i, next: next, began: began, end: end, phase: phase}
				}
			}
			if w.loss > found.loss {
				found = w
			}
			later := b.free(n.until-busy, phase)
			if later <= began {
				break
			}
			began = later
		}
	}
	switch {
	case !any && t.first < t.last:
		return worst{unbounded: true, why: "every backup can fall into the maintenance window", phase: phase}
	case all && found.loss == 0: // nothing that a calendar of years shows comes again
		return worst{unbounded: true, why: neverAgain, phase: phase}
	}
	return found
}

const neverAgain = "after one recovery point every later backup can fall into the maintenance window, or wait until it expires"

// enoughToTell is how many backups in a row, none of which is sure to get through,
// tell that none ever is; fewer are the end of the calendar.
const enoughToTell = 3

// later counts the jobs after i whose recovery points are among the survivors.
func (t *timetable) later(i int, r reach) (n int) {
	for k := i + 1; k < len(t.jobs) && n < enoughToTell; k++ {
		if j := &t.jobs[k]; !j.over && t.counts(j, r) {
			n++
		}
	}
	return n
}

// nextHit tells whether the blocked time is in the way of a job that could be the
// next to get through after i.
func (t *timetable) nextHit(i int, b blocked, phase int64, r reach) bool {
	busy := t.jobs[i].until + t.tracks[t.jobs[i].rule].busy()
	for k := i + 1; k < len(t.jobs); k++ {
		switch j := &t.jobs[k]; {
		case j.over:
		case !t.counts(j, r):
			busy = max(busy, j.until+t.tracks[j.rule].busy())
		case b.hits(j.from, j.until, phase):
			return true
		case j.until > busy:
			return false
		}
	}
	return true
}

// older puts the newest older recovery point that is still kept at the end in the
// place of the one that is not; false where there is none. It may go further back
// than the worst case does, by a start: whatever could keep an older job waiting is
// taken to do so, also where that would let a later one start.
func (t *timetable) older(w *worst, b blocked, r reach) bool {
	for k := w.kept - 1; k >= 0; k-- {
		j := &t.jobs[k]
		if j.over || !t.counts(j, r) || b.hits(j.from, j.until, w.phase) {
			continue
		}
		if t.kept(j, r) < w.end-j.from {
			continue
		}
		left, sure := t.waitsFor(k, w.end, r)
		if !sure {
			continue
		}
		w.gone, w.goneBegan, w.fallback = w.kept, w.began, true
		w.loss, w.began, w.kept = w.end-t.jobs[left].from, t.jobs[left].from, left
		return true
	}
	return false
}

// waitsFor is whose recovery point is left where another backup can keep a job waiting
// until it expires: that of the other, if it is kept for as long; not sure if that one
// is gone by the end, as well. It is the job itself where none is in its way.
func (t *timetable) waitsFor(k int, end int64, r reach) (left int, sure bool) {
	reach := int64(0)
	for i := range t.tracks {
		reach = max(reach, t.tracks[i].window+t.tracks[i].busy())
	}
	left = k
	for m := k - 1; m >= 0 && t.jobs[m].from+reach >= t.jobs[k].until; m-- {
		other := &t.jobs[m]
		if other.over || other.until+t.tracks[other.rule].busy() < t.jobs[k].until {
			continue
		}
		if !t.counts(other, r) || t.kept(other, r) < end-other.from {
			return k, false
		}
		left = m
	}
	return left, true
}

func duration(seconds int64) time.Duration { return time.Duration(seconds) * time.Second }
