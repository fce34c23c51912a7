package plan

import (
	"strings"
	"time"
)

// Times are the times of day at which the schedule comes, on the days that
// Due tells. Those of a rate are not known: it has no beginning.
func (s Schedule) Times() []time.Duration {
	if s.rate > 0 {
		return nil
	}
	return s.minutesOfDay()
}

// Weekly reports whether the days are the same in every week: a month, a year, or
// a day within the month is not asked for.
func (s Schedule) Weekly() bool {
	return s.rate == 0 && s.sets[2] == nil && plain(s.fields[2]) && s.sets[3] == nil && s.sets[5] == nil &&
		!strings.ContainsAny(s.fields[4], "#L")
}

// Ends reports whether the schedule names years, of which one is the last.
func (s Schedule) Ends() bool { return s.sets[5] != nil }

func plain(field string) bool { return field == "*" || field == "?" }

// EveryDay reports whether the schedule comes on every day.
func (s Schedule) EveryDay() bool { return s.Weekly() && s.sets[4] == nil && plain(s.fields[4]) }

// Readable tells a schedule from the zero one, which never comes.
func (s Schedule) Readable() bool { return s.rate > 0 || s.fields[0] != "" }
