package budget

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// job is one that AWS Backup makes of a rule when its time comes. It starts at any
// moment of [from, until), as AWS Backup likes.
type job struct {
	from, until int64 // seconds since the timetable's begin
	rule        int32 // of the timetable
	// over: passed over, as a rule with longer retention has its window open.
	over bool
}

// track is what the simulation knows of a rule.
type track struct {
	name   string
	window int64
	rank   int   // rules of a higher one run where windows overlap
	copied bool  // each recovery point is copied
	keep   int64 // how long a recovery point stays where it was made
	// keepCopy is how long its copy stays.
	keepCopy int64
	made     int64 // from the start until it is usable where it was made
	copying  int64 // from then on until the copy is usable
	lasting  bool  // it makes recovery points for as long as time goes on
}

// busy is how long a job keeps others of the resource from starting: there is one
// backup or copy at a time.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-limits.html
func (t track) busy() int64 {
	if t.copied {
		return t.made + t.copying
	}
	return t.made
}

// timetable is a rule set laid out in time.
type timetable struct {
	begin  time.Time // a midnight
	offset int64     // of begin within the week, from a Sunday's midnight
	jobs   []job     // in the order of their time
	tracks []track
	period int64 // the jobs repeat after it; 0: they do not
	// first and last bound the jobs that a search begins at: those before are what
	// was, those after what comes.
	first, last int
	// expires marks jobs whose recovery point can be gone before the next is usable,
	// without any maintenance.
	expires []bool
}

// The days that timetables are laid out in, whatever day it is: a plan means the
// same at any time. Those of a week's pattern begin on a Sunday. A calendar is looked
// at from 400 days after its begin on, as what was before may be what is left; both
// ends have a leap year in between.
var (
	patternBegin  = time.Date(2026, 1, 4, 0, 0, 0, 0, time.UTC)
	calendarBegin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	calendarEnd   = time.Date(2033, 1, 1, 0, 0, 0, 0, time.UTC)
	denseEnd      = time.Date(2028, 4, 1, 0, 0, 0, 0, time.UTC) // where some rule is a pattern of weeks
)

const day = 24 * time.Hour

// set is what one simulation is of.
type set struct {
	rules        []plan.BackupRule // with every default
	made, copied time.Duration     // how long a backup, and a copy, takes
	block        blocked
	// contrary: of two rules that are kept equally long the one with the shorter start
	// window runs, or the later one; else the other. The guide does not say which.
	contrary bool
}

// ties tells whether two rules are kept equally long.
func (s set) ties() bool {
	for i := range s.rules {
		for k := range i {
			if s.rules[i].Retention == s.rules[k].Retention {
				return true
			}
		}
	}
	return false
}

// lay lays the rules out. A pattern of days (or weeks, with a known maintenance
// window or where days differ) is looked at for one of them, with so many days before
// and after it; a calendar for years.
func (s set) lay(before, after int64, scratch []job) timetable {
	t := timetable{begin: patternBegin, jobs: scratch[:0], tracks: make([]track, len(s.rules))}
	daily, weekly, dense := !s.block.known, true, false
	for i := range s.rules {
		rule := &s.rules[i]
		r := read(rule.Schedule)
		t.tracks[i] = s.track(rule, r)
		weekly, daily, dense = weekly && (r.err != nil || r.weekly), daily && (r.err != nil || r.everyDay), dense || r.weekly
	}
	s.rank(t.tracks)
	from, until := int64(0), int64(0)
	switch {
	case !weekly:
		t.begin = calendarBegin
		until = int64(calendarEnd.Sub(calendarBegin) / day)
		if dense {
			until = int64(denseEnd.Sub(calendarBegin) / day)
		}
	case daily:
		t.period = seconds(day)
	default:
		t.period = seconds(week)
	}
	if t.period > 0 {
		from, until = -before, after+t.period/86400
	}
	margin := t.margin() // what passes over the first ones began earlier
	t.offset = int64(t.begin.Weekday()) * 86400
	for i := range s.rules {
		if r := &s.rules[i]; !r.Continuous || *r.Copy { // a continuous rule's job is a snapshot only where it is to be copied
			t.add(int32(i), read(r.Schedule).everyYear(r.Schedule), from-margin, until+margin)
		}
	}
	if len(s.rules) > 1 {
		slices.SortStableFunc(t.jobs, func(a, b job) int { return cmp.Compare(a.from, b.from) })
		t.passOver()
		t.jobs = t.jobs[t.at(from*86400):t.at(until*86400)]
	}
	t.onceADay(s.rules)
	if t.period == 0 {
		t.first, t.last = t.at(seconds(400*day)), len(t.jobs)
		return t
	}
	t.first, t.last = t.at(0), t.at(t.period)
	return t
}

// at is the place of the first job at or after a moment.
func (t *timetable) at(moment int64) int {
	place, _ := slices.BinarySearchFunc(t.jobs, moment, func(j job, at int64) int { return cmp.Compare(j.from, at) })
	return place
}

// margin is how many days the longest start window of several rules reaches.
func (t *timetable) margin() int64 {
	longest := int64(0)
	for _, track := range t.tracks {
		longest = max(longest, track.window)
	}
	if len(t.tracks) == 1 {
		return 0
	}
	return longest/86400 + 1
}

// add lays one rule out between two days, counted from the begin.
func (t *timetable) add(rule int32, r *reading, from, until int64) {
	if len(r.times) == 0 {
		return
	}
	window := t.tracks[rule].window
	var calendar []bool
	if t.period == 0 && !r.everyDay && from >= -calendarSlack {
		calendar = r.calendar()
	}
	for d := from; d < until; d++ {
		switch at := d + calendarSlack; {
		case r.everyDay:
		case calendar != nil && at < int64(len(calendar)):
			if !calendar[at] {
				continue
			}
		case !r.Due(t.begin.Add(duration(d*86400 + r.times[0]))):
			continue
		}
		for _, at := range r.times {
			t.jobs = append(t.jobs, job{from: d*86400 + at, until: d*86400 + at + window, rule: rule})
		}
	}
}

func (s set) track(r *plan.BackupRule, schedule *reading) track {
	cancelled := r.CompletionWindow > 0 && s.made > time.Duration(r.CompletionWindow)
	return track{
		name: r.Name, window: max(1, seconds(time.Duration(r.StartWindow))),
		copied: *r.Copy, keep: seconds(time.Duration(r.Retention)), keepCopy: seconds(time.Duration(r.CopyRetention)),
		made: seconds(s.made), copying: seconds(s.copied), lasting: schedule.err == nil && !cancelled && !schedule.Ends(),
	}
}

// rank orders rules by who runs where windows overlap: the one with the longer
// retention.
func (s set) rank(tracks []track) {
	if len(tracks) == 1 {
		return
	}
	order := make([]int, len(tracks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if s.contrary {
			return cmp.Or(cmp.Compare(s.rules[b].Retention, s.rules[a].Retention), cmp.Compare(tracks[a].window, tracks[b].window), cmp.Compare(b, a))
		}
		return cmp.Or(cmp.Compare(s.rules[b].Retention, s.rules[a].Retention), cmp.Compare(tracks[b].window, tracks[a].window))
	})
	for place, i := range order {
		tracks[i].rank = len(order) - place
	}
}

// passOver marks jobs whose window overlaps with that of a rule that ranks higher:
// "the optimization takes into account the full start window". A job is passed over
// also for one that is itself passed over: the guide does not say, and this costs
// more data.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html#overlapping-backup-rules
func (t *timetable) passOver() {
	for i := range t.jobs {
		a := &t.jobs[i]
		for k := i + 1; k < len(t.jobs) && t.jobs[k].from < a.until; k++ {
			b := &t.jobs[k]
			switch lower, higher := t.tracks[a.rule].rank, t.tracks[b.rule].rank; {
			case lower < higher:
				a.over = true
			case lower > higher:
				b.over = true
			}
		}
	}
}

// onceADay leaves one snapshot a day where a rule is continuous: RDS takes no more
// then, whatever the plan says. Which of the day's it is, nobody says: any.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html#point-in-time-recovery-rds
func (t *timetable) onceADay(rules []plan.BackupRule) {
	if !slices.ContainsFunc(rules, func(r plan.BackupRule) bool { return r.Continuous }) {
		return
	}
	one := track{copied: true, lasting: true}
	var names []string
	for i, r := range rules {
		track := t.tracks[i]
		if r.Continuous && !track.copied {
			continue
		}
		if len(names) == 0 {
			one.keep, one.keepCopy, one.made, one.copying = track.keep, track.keepCopy, track.made, track.copying
		}
		names = append(names, track.name)
		one.copied, one.lasting = one.copied && track.copied, one.lasting && track.lasting
		one.keep, one.keepCopy = min(one.keep, track.keep), min(one.keepCopy, track.keepCopy)
	}
	one.name = strings.Join(names, ", ")
	var merged []job
	for _, j := range t.jobs {
		last := len(merged) - 1
		switch {
		case j.over:
		case last >= 0 && floor(merged[last].from) == floor(j.from):
			merged[last].until = max(merged[last].until, j.until)
		default:
			merged = append(merged, job{from: j.from, until: j.until})
		}
	}
	t.jobs, t.tracks = merged, []track{one}
}

// floor is the day of a moment.
func floor(at int64) int64 { return (at - mod(at, 86400)) / 86400 }
