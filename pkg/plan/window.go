package plan

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Window is a span of time that comes again every day or every week, in UTC.
type Window struct {
	Start  time.Duration // since midnight or, of a weekly one, since Sunday 00:00
	Length time.Duration
	Every  time.Duration // a day, or a week
}

const (
	minute = time.Minute
	day    = 24 * time.Hour
	week   = 7 * day
	// minWindow is what RDS takes at least, of both.
	minWindow = 30 * time.Minute
)

// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
var (
	dailyRE  = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])$`)
	weeklyRE = regexp.MustCompile(`^(sun|mon|tue|wed|thu|fri|sat):([01][0-9]|2[0-3]):([0-5][0-9])-(sun|mon|tue|wed|thu|fri|sat):([01][0-9]|2[0-3]):([0-5][0-9])$`)
)

// ParseWeekly reads a maintenance window such as sun:04:00-sun:04:30.
func ParseWeekly(text string) (Window, error) {
	m := weeklyRE.FindStringSubmatch(strings.ToLower(text)) // RDS takes Sun:04:00 as well
	if m == nil {
		return Window{}, fmt.Errorf("%q is no weekly window", text)
	}
	return window(text, weekdayOf(m[1])+timeOf(m[2], m[3]), weekdayOf(m[4])+timeOf(m[5], m[6]), week)
}

// ParseDaily reads a window of automated backups such as 02:00-02:30.
func ParseDaily(text string) (Window, error) {
	m := dailyRE.FindStringSubmatch(text)
	if m == nil {
		return Window{}, fmt.Errorf("%q is no daily window", text)
	}
	return window(text, timeOf(m[1], m[2]), timeOf(m[3], m[4]), day)
}

func window(text string, start, end, every time.Duration) (Window, error) {
	w := Window{Start: start, Length: (end - start + every) % every, Every: every}
	if w.Length < minWindow {
		return Window{}, fmt.Errorf("the window %q is shorter than %s", text, Duration(minWindow))
	}
	return w, nil
}

func weekdayOf(text string) time.Duration {
	return time.Duration(strings.Index("sunmontuewedthufrisat", text)/3) * day
}

func timeOf(hour, minute string) time.Duration {
	h, _ := strconv.Atoi(hour) // digits, by the expression
	m, _ := strconv.Atoi(minute)
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
}

// Begins is the last beginning of the window at or before a moment.
func (w Window) Begins(t time.Time) time.Time {
	sunday := time.Date(1970, 1, 4, 0, 0, 0, 0, time.UTC)
	since := (t.Sub(sunday) - w.Start) % w.Every
	if since < 0 {
		since += w.Every
	}
	return t.UTC().Add(-since)
}

// Overlaps tells whether both are open at some moment.
func (w Window) Overlaps(other Window) bool {
	for a := w.Start; a < w.Start+week; a += w.Every {
		for b := other.Start - week; b < other.Start+2*week; b += other.Every {
			if a < b+other.Length && b < a+w.Length {
				return true
			}
		}
	}
	return false
}
