package timetable

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cron has what each field lists, ascending. Exactly one of the two day fields
// is nil, the one that is a question mark.
type cron struct {
	minutes, hours, months, years []int
	onDate, onWeekday             func(day) bool
}

// day of the calendar, wherever that is.
type day struct {
	year  int
	month time.Month
	date  int
}

func (d day) weekday() int { // 1 is Sunday, as in the field
	return int(time.Date(d.year, d.month, d.date, 0, 0, 0, 0, time.UTC).Weekday()) + 1
}

// last is the last date of the month.
func (d day) last() int { return time.Date(d.year, d.month+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// field of an expression: its values, and which of the wildcards that all
// share it takes. A comma and a dash each takes.
type field struct {
	name    string
	low     int
	high    int
	names   []string // of the values from low on
	steps   bool
	circles bool // a range may run over the end: hours 20-2
}

var (
	minuteField = field{name: "minutes", low: 0, high: 59, steps: true, circles: true}
	hourField   = field{name: "hours", low: 0, high: 23, steps: true, circles: true}
	dateField   = field{name: "day of month", low: 1, high: 31, steps: true, circles: true}
	monthField  = field{name: "month", low: 1, high: 12, steps: true, circles: true,
		names: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}}
	// Of the day of the week the table of both pages has no slash.
	weekdayField = field{name: "day of week", low: 1, high: 7, circles: true,
		names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}}
	yearField = field{name: "year", low: 1970, high: 2199, steps: true}
)

func parseCron(text string) (*cron, error) {
	parts := strings.Fields(text)
	if len(parts) != 6 {
		return nil, fmt.Errorf("%d fields and not six: minutes, hours, day of month, month, day of week, year", len(parts))
	}
	if (parts[2] == "?") == (parts[4] == "?") {
		return nil, fmt.Errorf("exactly one of day of month and day of week is a question mark")
	}
	c := &cron{}
	for i, into := range []*[]int{0: &c.minutes, 1: &c.hours, 3: &c.months, 5: &c.years} {
		if into == nil {
			continue
		}
		values, err := []field{minuteField, hourField, {}, monthField, {}, yearField}[i].values(parts[i])
		if err != nil {
			return nil, err
		}
		*into = values
	}
	var err error
	if parts[2] != "?" {
		c.onDate, err = readDate(parts[2])
	} else {
		c.onWeekday, err = readWeekday(parts[4])
	}
	return c, err
}

// values are what a field of numbers, names, ranges and steps lists.
func (f field) values(text string) ([]int, error) {
	all := map[int]bool{}
	for _, item := range strings.Split(text, ",") {
		if err := f.add(all, item); err != nil {
			return nil, err
		}
	}
	var sorted []int
	for v := f.low; v <= f.high; v++ {
		if all[v] {
			sorted = append(sorted, v)
		}
	}
	return sorted, nil
}

func (f field) add(all map[int]bool, item string) error {
	base, step, stepped := strings.Cut(item, "/")
	every := 1
	if stepped {
		n, err := strconv.Atoi(step)
		switch {
		case !f.steps:
			return fmt.Errorf("%s: %q: this field has no increments", f.name, item)
		case err != nil || n < 1:
			return fmt.Errorf("%s: %q is no increment", f.name, step)
		}
		every = n
	}
	from, to, ranged := strings.Cut(base, "-")
	low, high := f.low, f.high
	if base != "*" {
		var err error
		if low, err = f.value(from); err != nil {
			return err
		}
		if ranged {
			if high, err = f.value(to); err != nil {
				return err
			}
		} else if !stepped {
			high = low
		}
	}
	if high < low {
		if !f.circles {
			return fmt.Errorf("%s: the range %q runs backwards", f.name, base)
		}
		high += f.high - f.low + 1
	}
	for v := low; v <= high; v += every {
		all[f.low+(v-f.low)%(f.high-f.low+1)] = true
	}
	return nil
}

func (f field) value(text string) (int, error) {
	if i := slices.Index(f.names, strings.ToUpper(text)); i >= 0 {
		return f.low + i, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.low || n > f.high || strings.HasPrefix(text, "+") {
		return 0, fmt.Errorf("%s: %q is not between %d and %d", f.name, text, f.low, f.high)
	}
	return n, nil
}

// readDate reads the day of the month: a list, L for the last, 3W for the
// weekday that is closest to the third. LW, the last weekday, is Quartz's, after
// which the fields are made; that AWS takes it is unproven.
func readDate(text string) (func(day) bool, error) {
	switch number, isWeekday := strings.CutSuffix(text, "W"); {
	case text == "L":
		return func(d day) bool { return d.date == d.last() }, nil
	case text == "LW":
		return func(d day) bool { return d.date == closestWeekday(d, d.last()) }, nil
	case isWeekday:
		n, err := dateField.value(number)
		return func(d day) bool { return n <= d.last() && d.date == closestWeekday(d, n) }, err
	}
	values, err := dateField.values(text)
	return func(d day) bool { return slices.Contains(values, d.date) }, err
}

// closestWeekday is the date from Monday to Friday in the month of d that is
// closest to a date.
func closestWeekday(d day, to int) int {
	for _, away := range []int{0, -1, 1, -2, 2} {
		near := day{d.year, d.month, to + away}
		if near.date >= 1 && near.date <= d.last() && near.weekday() >= 2 && near.weekday() <= 6 {
			return near.date
		}
	}
	return 0 // no month is without one within two days
}

// readWeekday reads the day of the week: a list, L for the last day of the
// week, 6L for the last Friday of the month, 3#2 for its second Tuesday.
func readWeekday(text string) (func(day) bool, error) {
	weekday, which, numbered := strings.Cut(text, "#")
	number, last := strings.CutSuffix(text, "L")
	switch {
	case text == "L":
		return func(d day) bool { return d.weekday() == weekdayField.high }, nil
	case numbered:
		w, err := (field{name: weekdayField.name, low: 1, high: 7}).value(weekday)
		if err != nil {
			return nil, err
		}
		n, err := field{name: "which of the month", low: 1, high: 5}.value(which)
		return func(d day) bool { return d.weekday() == w && (d.date+6)/7 == n }, err
	case last:
		w, err := (field{name: weekdayField.name, low: 1, high: 7}).value(number)
		return func(d day) bool { return d.weekday() == w && d.date+7 > d.last() }, err
	}
	values, err := weekdayField.values(text)
	return func(d day) bool { return slices.Contains(values, d.weekday()) }, err
}

func (c *cron) on(d day) bool {
	if c.onDate != nil {
		return c.onDate(d)
	}
	return c.onWeekday(d)
}

func (c *cron) next(after time.Time, zone *time.Location) (time.Time, bool) {
	start := after.In(zone)
	for _, year := range c.years {
		if year < start.Year() {
			continue
		}
		for _, month := range c.months {
			if year == start.Year() && time.Month(month) < start.Month() {
				continue
			}
			if at, found := c.inMonth(day{year, time.Month(month), 1}, after, zone); found {
				return at, true
			}
		}
	}
	return time.Time{}, false
}

func (c *cron) inMonth(d day, after time.Time, zone *time.Location) (time.Time, bool) {
	start := after.In(zone)
	hour, minute := 0, 0
	if d.year == start.Year() && d.month == start.Month() {
		// What the clocks have shown has had its first moment.
		d.date, hour, minute = start.Day(), start.Hour(), start.Minute()+1
	}
	for last := d.last(); d.date <= last; d.date, hour, minute = d.date+1, 0, 0 {
		if !c.on(d) {
			continue
		}
		for _, h := range c.hours {
			if h < hour {
				continue
			}
			for _, m := range c.minutes {
				if h == hour && m < minute {
					continue
				}
				at, exists := local(d.year, d.month, d.date, h, m, 0, zone)
				if exists && at.After(after) {
					return at, true
				}
			}
		}
	}
	return time.Time{}, false
}
