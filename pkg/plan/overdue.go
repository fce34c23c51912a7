package plan

import (
	"fmt"
	"time"
)

const (
	// overdueIntervals is how many of the schedule's longest intervals may pass: one
	// drill that did not happen is made up for by the next, two are a rule.
	overdueIntervals = 2
	// overdueUnscheduled is for databases that are drilled by hand: a month, and the
	// days that somebody is away.
	overdueUnscheduled = 35 * 24 * time.Hour
)

// Overdue is how long there may be no verdict before drills have stopped
// happening: Every, else twice the longest interval of the schedule, and 35 days
// where there is none. A schedule that never comes again has no interval either.
func (d Drill) Overdue() time.Duration {
	if d.Every > 0 {
		return time.Duration(d.Every)
	}
	schedule, err := ParseSchedule(d.Schedule)
	if err != nil {
		return overdueUnscheduled
	}
	if longest := schedule.Longest(); longest > 0 {
		return overdueIntervals * longest
	}
	return overdueUnscheduled
}

// The years that intervals are looked for in: two leap years and the days between
// them, whatever year it is, so that one plan means the same at any time.
var (
	longestFrom  = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	longestUntil = time.Date(2033, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Longest is the longest time between two moments of the schedule; 0 where there
// are no two.
func (s Schedule) Longest() time.Duration {
	if s.rate > 0 {
		return s.rate
	}
	from, until := longestFrom, longestUntil
	if years := s.sets[5]; years != nil {
		from, until = span(years)
	}
	minutes := s.minutesOfDay()
	if len(minutes) == 0 {
		return 0
	}
	within := time.Duration(0) // of one day
	for i := 1; i < len(minutes); i++ {
		within = max(within, minutes[i]-minutes[i-1])
	}
	longest, last := time.Duration(0), time.Time{}
	for day := from; day.Before(until); day = day.AddDate(0, 0, 1) {
		if !s.Due(day.Add(minutes[0])) {
			continue
		}
		longest = max(longest, within)
		if !last.IsZero() {
			longest = max(longest, day.Add(minutes[0]).Sub(last))
		}
		last = day.Add(minutes[len(minutes)-1])
	}
	return longest
}

// minutesOfDay are the times of day at which the schedule comes, on its days.
func (s Schedule) minutesOfDay() (list []time.Duration) {
	for minute := range 24 * 60 {
		if in(s.sets[0], minute%60) && in(s.sets[1], minute/60) {
			list = append(list, time.Duration(minute)*time.Minute)
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
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	return Duration(d).String()
}
