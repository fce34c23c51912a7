// Package timetable reads the schedule expressions of EventBridge and of
// EventBridge Scheduler: cron(...) of six fields, rate(...) and at(...), and
// says when each is next due.
//
// It is a second reading, from AWS's pages and apart from pkg/plan's, so that
// one can be tested against the other. A cron expression is a set of local
// times: a day is found by year, month and day fields, then the first hour and
// minute on it that lies behind the moment asked for. Local times that daylight
// saving skips are skipped; of those that come twice only the first counts.
//
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
package timetable

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Expression is one schedule expression. The zero value is never due.
type Expression struct {
	cron *cron
	rate time.Duration
	unit string // of the rate, as it was written
	at   *time.Time
}

var (
	rateRE = regexp.MustCompile(`^rate\(([0-9]+)\s+(minutes?|hours?|days?)\)$`)
	callRE = regexp.MustCompile(`^(cron|rate|at)\((.*)\)$`)
)

// maxRate keeps multiples of a rate within a time.Duration.
const maxRate = 100 * 365 * 24 * time.Hour

// Parse reads an expression. What AWS's pages do not say is an error.
func Parse(text string) (Expression, error) {
	call := callRE.FindStringSubmatch(text)
	if call == nil {
		return Expression{}, fmt.Errorf("%q is none of cron(...), rate(...) and at(...)", text)
	}
	var (
		e   Expression
		err error
	)
	switch call[1] {
	case "cron":
		e.cron, err = parseCron(call[2])
	case "rate":
		e.rate, e.unit, err = parseRate(text)
	case "at":
		var at time.Time
		at, err = time.Parse("2006-01-02T15:04:05", call[2])
		e.at = &at
	}
	if err != nil {
		return Expression{}, fmt.Errorf("%q: %w", text, err)
	}
	return e, nil
}

func parseRate(text string) (time.Duration, string, error) {
	match := rateRE.FindStringSubmatch(text)
	if match == nil {
		return 0, "", fmt.Errorf("a rate is a whole number and one of minute, minutes, hour, hours, day, days")
	}
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[strings.TrimSuffix(match[2], "s")]
	n, err := strconv.ParseInt(match[1], 10, 32)
	switch {
	case err != nil || n > int64(maxRate/unit):
		return 0, "", fmt.Errorf("a rate of more than a hundred years is not simulated")
	case n < 1:
		return 0, "", fmt.Errorf("a rate is at least 1")
	}
	return time.Duration(n) * unit, match[2], nil
}

// Rate is the interval of a rate(...); zero: it is none.
func (e Expression) Rate() time.Duration { return e.rate }

// Once says that it is an at(...).
func (e Expression) Once() bool { return e.at != nil }

// Plural says whether a rate is written as rules, not schedules, demand it:
// rate(1 hour), but rate(2 hours). True for all others.
func (e Expression) Plural() bool {
	if e.rate == 0 {
		return true
	}
	one := e.rate == time.Minute && strings.HasPrefix(e.unit, "minute") ||
		e.rate == time.Hour && strings.HasPrefix(e.unit, "hour") ||
		e.rate == 24*time.Hour && strings.HasPrefix(e.unit, "day")
	return strings.HasSuffix(e.unit, "s") != one
}

// Next is the first moment behind after at which the expression is due, in UTC;
// false: never again. zone is where cron and at are read. anchor is the first
// moment of a rate; the others have none. A day of a rate has 24 hours.
func (e Expression) Next(after time.Time, zone *time.Location, anchor time.Time) (time.Time, bool) {
	switch {
	case e.cron != nil:
		return e.cron.next(after, zone)
	case e.rate > 0 && after.Before(anchor):
		return anchor.UTC(), true
	case e.rate > 0:
		return anchor.Add((after.Sub(anchor)/e.rate + 1) * e.rate).UTC(), true
	case e.at != nil:
		at, exists := local(e.at.Year(), e.at.Month(), e.at.Day(), e.at.Hour(), e.at.Minute(), e.at.Second(), zone)
		return at, exists && at.After(after)
	}
	return time.Time{}, false
}

// local is the first moment at which the clocks of a zone show this; false:
// they never do.
func local(year int, month time.Month, day, hour, minute, second int, zone *time.Location) (time.Time, bool) {
	wall := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	var first time.Time
	found := false
	// The offset is that of some moment close by: of the day before or after,
	// where the clocks are changed in between.
	for _, near := range []time.Duration{-36 * time.Hour, 36 * time.Hour, 0} {
		_, offset := wall.Add(near).In(zone).Zone()
		moment := wall.Add(-time.Duration(offset) * time.Second)
		shown := moment.In(zone)
		same := shown.Year() == wall.Year() && shown.Month() == wall.Month() && shown.Day() == wall.Day() &&
			shown.Hour() == wall.Hour() && shown.Minute() == wall.Minute() && shown.Second() == wall.Second()
		if same && (!found || moment.Before(first)) {
			first, found = moment, true
		}
	}
	return first, found
}
