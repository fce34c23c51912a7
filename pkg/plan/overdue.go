package plan

import (
	"math"
	"time"
)

const (
	// overdueIntervals is how many of the schedule's longest intervals may pass: one
	// drill that did not happen is made up for by the next, two are a rule.
	overdueIntervals = 2
	// overdueUnscheduled is for databases that are drilled by hand: a month, and the
	// days that somebody is away.
	overdueUnscheduled = 35 * 24 * time.Hour
	// overdueLeast is for schedules that come faster than a drill ends, which takes
	// hours: such a database is being drilled, and has no verdict yet.
	overdueLeast = 24 * time.Hour
)

// Overdue is how long there may be no verdict before drills have stopped
// happening: Every, else twice the longest interval of the schedule and a day at
// least, and 35 days where there is none.
func (d Drill) Overdue() time.Duration {
	if d.Every > 0 {
		return time.Duration(d.Every)
	}
	schedule, err := ParseSchedule(d.Schedule)
	if err != nil {
		return overdueUnscheduled
	}
	if longest := schedule.Longest(); longest > 0 {
		return max(twice(longest), overdueLeast)
	}
	return overdueUnscheduled
}

// twice stops where durations end, after 292 years: years may lie further apart.
func twice(longest time.Duration) time.Duration {
	return overdueIntervals * min(longest, math.MaxInt64/overdueIntervals)
}

// The years that intervals are looked for in: two leap years and the days between
// them, whatever year it is, so that one plan means the same at any time.
var (
	longestFrom  = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	longestUntil = time.Date(2033, 1, 1, 0, 0, 0, 0, time.UTC)
	// scheduleBegins is the year of lifeboat: none before it comes any more.
	scheduleBegins = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	// scheduleEnds is after the last year that a schedule can name. A fifth Monday
	// of February comes in 2044 and then in 2072.
	scheduleEnds = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Longest is the longest time between two moments of the schedule; 0 where there
// are no two.
func (s Schedule) Longest() time.Duration {
	_, longest := s.intervals()
	return longest
}

// Shortest is the shortest such time; 0 where there are no two.
func (s Schedule) Shortest() time.Duration {
	shortest, _ := s.intervals()
	return shortest
}

func (s Schedule) intervals() (shortest, longest time.Duration) {
	if s.rate > 0 {
		return s.rate, s.rate
	}
	from, until := longestFrom, longestUntil
	if years := s.sets[5]; years != nil {
		from, until = span(years)
	} else if s.weekly() {
		until = from.Add(2*week + day)
	} else if len(s.days(from, until, 2)) < 2 {
		until = scheduleEnds
	}
	minutes := s.minutesOfDay()
	if len(minutes) == 0 {
		return 0, 0
	}
	add := func(interval time.Duration) {
		if shortest == 0 || interval < shortest {
			shortest = interval
		}
		longest = max(longest, interval)
	}
	last := time.Time{}
	for day := from; day.Before(until); day = day.AddDate(0, 0, 1) {
		if !s.Due(day.Add(minutes[0])) {
			continue
		}
		if last.IsZero() { // those of one day are the same on all
			for i := 1; i < len(minutes); i++ {
				add(minutes[i] - minutes[i-1])
			}
		} else {
			add(day.Add(minutes[0]).Sub(last))
		}
		last = day.Add(minutes[len(minutes)-1])
	}
	return shortest, longest
}

// weekly tells whether every week is like the next.
func (s Schedule) weekly() bool {
	days := s.fields[4]
	return s.sets[2] == nil && (s.fields[2] == "*" || s.fields[2] == "?") && s.sets[3] == nil && s.sets[5] == nil &&
		(s.sets[4] != nil || days == "*" || days == "?" || days == "L")
}

// Starts is how often the schedule comes from 2026 on, up to two: 0 is never, and 1
// has no interval.
func (s Schedule) Starts() int {
	if s.rate > 0 || s.sets[3] == nil && s.sets[5] == nil { // whatever the days, some of any year's months have them
		return 2
	}
	days := len(s.days(scheduleBegins, scheduleEnds, 2))
	return min(2, days*len(s.minutesOfDay()))
}

// days are the first ones, at most limit, on which the schedule comes.
func (s Schedule) days(from, until time.Time, limit int) (list []time.Time) {
	minutes := s.minutesOfDay()
	if len(minutes) == 0 {
		return nil
	}
	for day := from; day.Before(until) && len(list) < limit; day = day.AddDate(0, 0, 1) {
		if s.Due(day.Add(minutes[0])) {
			list = append(list, day)
		}
	}
	return list
}

// minutesOfDay are the times of day at which the schedule comes, on its days.
func (s Schedule) minutesOfDay() (list []time.Duration) {
	for hour := range 24 {
		if !in(s.sets[1], hour) {
			continue
		}
		for minute := range 60 {
			if in(s.sets[0], minute) {
				list = append(list, time.Duration(hour*60+minute)*time.Minute)
			}
		}
	}
	return list
}

func in(set map[int]bool, value int) bool { return set == nil || set[value] }

// span is from the first of the years to the end of the last.
func span(years map[int]bool) (from, until time.Time) {
	first, last := 0, 0
	for year := range years {
		if first == 0 || year < first {
			first = year
		}
		last = max(last, year)
	}
	return time.Date(first, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(last+1, 1, 1, 0, 0, 0, 0, time.UTC)
}

// inDays is how people write what is longer than a few days: 31d, and 36h.
func inDays(d time.Duration) string {
	return Duration(d).Words()
}
