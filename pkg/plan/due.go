package plan

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Schedule is when drills of a database are due: an expression of EventBridge
// Scheduler, in UTC, to the minute.
type Schedule struct {
	rate   time.Duration // zero: the fields
	fields [6]string
	sets   [6]map[int]bool // nil: every value, or the field is special
}

// ParseSchedule reads a cron(...) or rate(...). Its error is CheckSchedule's.
func ParseSchedule(expression string) (Schedule, error) {
	if err := CheckSchedule(expression); err != nil {
		return Schedule{}, err
	}
	if match := rateRE.FindStringSubmatch(expression); match != nil {
		n, _ := strconv.Atoi(match[1]) // it was checked
		unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[strings.TrimSuffix(match[2], "s")]
		return Schedule{rate: time.Duration(n) * unit}, nil
	}
	var s Schedule
	copy(s.fields[:], strings.Fields(strings.TrimSuffix(strings.TrimPrefix(expression, "cron("), ")")))
	for i, f := range cronFields {
		s.sets[i] = f.set(s.fields[i])
	}
	return s, nil
}

// set is what a field lists; nil where that is everything, or special.
func (f cronField) set(text string) map[int]bool {
	if text == "*" || f.isSpecial(text) {
		return nil
	}
	values := map[int]bool{}
	for _, item := range strings.Split(text, ",") {
		span, step, stepped := strings.Cut(item, "/")
		low, high, every := f.low, f.high, 1
		if stepped {
			every, _ = strconv.Atoi(step) // it was checked, as all below
		}
		if span != "*" {
			from, to, ranged := strings.Cut(span, "-")
			low, _ = f.value(from)
			switch {
			case ranged:
				high, _ = f.value(to)
			case !stepped:
				high = low
			}
		}
		for v := low; v <= high; v += every {
			values[v] = true
		}
	}
	return values
}

// Due reports whether the minute that begins at t is one of the schedule's. A
// rate has no beginning of its own here: its moments are the multiples since
// 1970-01-01 UTC.
func (s Schedule) Due(t time.Time) bool {
	t = t.UTC().Truncate(time.Minute)
	if s.rate > 0 {
		return t.Unix()%int64(s.rate.Seconds()) == 0
	}
	for i, v := range [6]int{t.Minute(), t.Hour(), t.Day(), int(t.Month()), int(t.Weekday()) + 1, t.Year()} {
		if s.sets[i] != nil && !s.sets[i][v] {
			return false
		}
	}
	return dayOfMonth(s.fields[2], t) && dayOfWeek(s.fields[4], t)
}

// dayOfMonth knows L (the last day), LW (the last weekday) and 15W (the weekday
// that is nearest to the 15th, within the month).
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
func dayOfMonth(field string, t time.Time) bool {
	last := time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC)
	switch {
	case field == "L":
		return t.Day() == last.Day()
	case field == "LW":
		return t.Day() == nearestWeekday(last, last.Day())
	case strings.HasSuffix(field, "W"):
		n, _ := strconv.Atoi(strings.TrimSuffix(field, "W"))
		return n <= last.Day() && t.Day() == nearestWeekday(time.Date(t.Year(), t.Month(), n, 0, 0, 0, 0, time.UTC), last.Day())
	}
	return true
}

func nearestWeekday(day time.Time, last int) int {
	switch d := day.Day(); day.Weekday() {
	case time.Saturday:
		if d == 1 {
			return 3
		}
		return d - 1
	case time.Sunday:
		if d == last {
			return d - 2
		}
		return d + 1
	default:
		return d
	}
}

// dayOfWeek knows L (Saturday), 6L (the last Friday) and 6#3 (the third).
func dayOfWeek(field string, t time.Time) bool {
	day, nth, numbered := strings.Cut(field, "#")
	switch {
	case field == "L":
		return t.Weekday() == time.Saturday
	case numbered:
		return day == weekday(t) && nth == fmt.Sprint((t.Day()+6)/7)
	case strings.HasSuffix(field, "L"):
		return strings.TrimSuffix(field, "L") == weekday(t) && t.AddDate(0, 0, 7).Month() != t.Month()
	}
	return true
}

// weekday counts from 1, a Sunday.
func weekday(t time.Time) string { return strconv.Itoa(int(t.Weekday()) + 1) }
