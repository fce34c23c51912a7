package plan

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var rateRE = regexp.MustCompile(`^rate\(([0-9]+) (minute|minutes|hour|hours|day|days)\)$`)

// maxRate is a hundred years, of each unit: durations end at 292.
var maxRate = map[string]int{"minute": 36500 * 24 * 60, "hour": 36500 * 24, "day": 36500}

// CheckSchedule refuses what EventBridge Scheduler would:
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
func CheckSchedule(expression string) error {
	if match := rateRE.FindStringSubmatch(expression); match != nil {
		if n, err := strconv.Atoi(match[1]); err != nil || n < 1 {
			return fmt.Errorf("%q: a rate is at least 1", expression)
		} else if n > maxRate[strings.TrimSuffix(match[2], "s")] {
			return fmt.Errorf("%q: a rate is at most a hundred years", expression)
		}
		return nil
	}
	inner, isCron := strings.CutPrefix(expression, "cron(")
	inner, closed := strings.CutSuffix(inner, ")")
	if !isCron || !closed {
		return fmt.Errorf("%q is neither cron(...) nor rate(...)", expression)
	}
	parts := strings.Fields(inner)
	if len(parts) != len(cronFields) {
		return fmt.Errorf("%q has %d fields and not six: minutes, hours, day of month, month, day of week, year", expression, len(parts))
	}
	for i, part := range parts {
		if err := cronFields[i].check(part); err != nil {
			return fmt.Errorf("%q: %w", expression, err)
		}
	}
	if (parts[2] == "?") == (parts[4] == "?") {
		return fmt.Errorf("%q: exactly one of day of month and day of week is ?", expression)
	}
	return nil
}

type cronField struct {
	name      string
	low, high int
	words     string         // three letters each, the first one stands for low
	special   *regexp.Regexp // what only this field takes; nil: nothing
}

var cronFields = []cronField{
	{name: "minutes", low: 0, high: 59},
	{name: "hours", low: 0, high: 23},
	{name: "day of month", low: 1, high: 31, special: regexp.MustCompile(`^(\?|L|LW|[0-9]{1,2}W)$`)},
	{name: "month", low: 1, high: 12, words: "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
	{name: "day of week", low: 1, high: 7, words: "SUNMONTUEWEDTHUFRISAT", special: regexp.MustCompile(`^(\?|L|[1-7]L|[1-7]#[1-5])$`)},
	{name: "year", low: 1970, high: 2199},
}

func (f cronField) check(text string) error {
	if f.isSpecial(text) {
		return nil
	}
	for _, item := range strings.Split(text, ",") {
		span, step, stepped := strings.Cut(item, "/")
		if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
			return fmt.Errorf("%s: %q is no step", f.name, step)
		}
		if span == "*" {
			continue
		}
		from, to, ranged := strings.Cut(span, "-")
		low, err := f.value(from)
		if err != nil {
			return err
		}
		if !ranged {
			continue
		}
		high, err := f.value(to)
		if err != nil {
			return err
		}
		if low > high {
			return fmt.Errorf("%s: the range %q runs backwards", f.name, span)
		}
	}
	return nil
}

func (f cronField) isSpecial(text string) bool {
	return f.special != nil && f.special.MatchString(text)
}

func (f cronField) value(text string) (int, error) {
	if at := strings.Index(f.words, strings.ToUpper(text)); len(text) == 3 && at >= 0 && at%3 == 0 {
		return f.low + at/3, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.low || n > f.high {
		return 0, fmt.Errorf("%s: %q is not between %d and %d", f.name, text, f.low, f.high)
	}
	return n, nil
}
