package timetable_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/timetable"
)

// differences are the expressions about which the two readers disagree, by what
// is in them. Whatever else one takes and the other does not is a failure.
var differences = []struct {
	reason string
	found  func(fields []string) bool
	// planTakes: the plan takes it and the simulation does not, or the other way
	// round.
	planTakes bool
}{
	{"the guide's table has a range of hours over midnight; the plan is stricter than AWS, which harms nobody", func(f []string) bool {
		for _, field := range f[:5] {
			for _, item := range strings.Split(field, ",") {
				span, _, _ := strings.Cut(item, "/")
				if from, to, ranged := strings.Cut(span, "-"); ranged && index(from) > index(to) {
					return true
				}
			}
		}
		return false
	}, false},
	{"the guide's table has no slash for the day of the week; the plan takes one", func(f []string) bool { return strings.Contains(f[4], "/") }, true},
	{"the plan does not look at the number before W", func(f []string) bool { return f[2] == "0W" || f[2] == "32W" }, true},
}

// index orders numbers and names as fields do.
func index(value string) int {
	for _, names := range []string{"SUNMONTUEWEDTHUFRISAT", "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"} {
		if at := strings.Index(names, strings.ToUpper(value)); at >= 0 && len(value) == 3 {
			return at/3 + 1
		}
	}
	n := 0
	if _, err := fmt.Sscan(value, &n); err != nil {
		panic(err)
	}
	return n
}

func number(low, high int) *rapid.Generator[string] {
	return rapid.Map(rapid.IntRange(low, high), func(n int) string { return fmt.Sprint(n) })
}

// list generates a field: a star, values, ranges and increments.
func list(value *rapid.Generator[string], mostStep int) *rapid.Generator[string] {
	ranged := rapid.Custom(func(t *rapid.T) string { return value.Draw(t, "from") + "-" + value.Draw(t, "to") })
	stepped := rapid.Custom(func(t *rapid.T) string {
		return rapid.OneOf(rapid.Just("*"), value, ranged).Draw(t, "span") + "/" + number(1, mostStep).Draw(t, "step")
	})
	item := rapid.OneOf(value, value, ranged, stepped)
	several := rapid.Map(rapid.SliceOfN(item, 1, 3), func(items []string) string { return strings.Join(items, ",") })
	return rapid.OneOf(rapid.Just("*"), several)
}

func cronFields(t *rapid.T) []string {
	months := rapid.OneOf(number(1, 12), rapid.SampledFrom([]string{"JAN", "feb", "Mar", "DEC"}))
	weekdays := rapid.OneOf(number(1, 7), rapid.SampledFrom([]string{"SUN", "mon", "SAT"}))
	date := rapid.OneOf(list(number(1, 31), 31), rapid.Just("L"), rapid.Just("LW"), rapid.Map(number(0, 32), func(n string) string { return n + "W" }))
	weekday := rapid.OneOf(list(weekdays, 7), rapid.Just("L"), rapid.Map(number(1, 7), func(n string) string { return n + "L" }),
		rapid.Custom(func(t *rapid.T) string { return number(1, 7).Draw(t, "day") + "#" + number(1, 5).Draw(t, "which") }))
	fields := []string{
		list(number(0, 59), 60).Draw(t, "minutes"), list(number(0, 23), 24).Draw(t, "hours"), "?", list(months, 12).Draw(t, "months"), "?",
		rapid.OneOf(rapid.Just("*"), rapid.Just("*"), list(number(2024, 2030), 5)).Draw(t, "years"),
	}
	if rapid.Bool().Draw(t, "by date") {
		fields[2] = date.Draw(t, "date")
	} else {
		fields[4] = weekday.Draw(t, "weekday")
	}
	return fields
}

// TestThePlanReadsSchedulesAsAWSDoes compares the plan's reader, by which drills
// of fleets are dispatched, with this one, which was
// written from AWS's pages alone: what one finds due the other must, and neither
// anything in between.
func TestThePlanReadsSchedulesAsAWSDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := cronFields(t)
		expression := "cron(" + strings.Join(fields, " ") + ")"
		ours, ourErr := timetable.Parse(expression)
		plans, planErr := plan.ParseSchedule(expression)
		if (ourErr == nil) != (planErr == nil) {
			for _, d := range differences {
				if d.found(fields) && d.planTakes == (planErr == nil) {
					return
				}
			}
			t.Fatalf("%s: the plan says %v, the simulation %v", expression, planErr, ourErr)
		}
		if ourErr != nil {
			return
		}
		start := time.Date(2023, 12, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 2200).Draw(t, "day"))
		agree(t, expression, ours, plans, start, start)
	})
}

// agree compares every minute of a day on which something is due, then the time
// of day of what is due first on all days of a year.
func agree(t *rapid.T, expression string, ours timetable.Expression, plans plan.Schedule, start, anchor time.Time) {
	next, more := ours.Next(start.Add(-1), time.UTC, anchor)
	same := func(at time.Time) {
		for more && next.Before(at) {
			next, more = ours.Next(next, time.UTC, anchor)
		}
		if due := more && at.Equal(next); plans.Due(at) != due {
			t.Fatalf("%s at %v: due for the plan %t, for the simulation %t", expression, at, !due, due)
		}
	}
	first := next
	if !more {
		first = start
	}
	for at := first; at.Before(first.Add(24 * time.Hour)); at = at.Add(time.Minute) {
		same(at)
	}
	for range 365 {
		first = first.AddDate(0, 0, 1)
		next, more = ours.Next(first.Add(-1), time.UTC, anchor)
		same(first)
	}
}

// A rate has no beginning in the plan: it is compared from one of its own
// moments.
func TestThePlanReadsRatesAsAWSDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 100).Draw(t, "n")
		expression := fmt.Sprintf("rate(%d %s)", n, rapid.SampledFrom([]string{"minute", "minutes", "hour", "hours", "day", "days", "weeks"}).Draw(t, "unit"))
		ours, ourErr := timetable.Parse(expression)
		plans, planErr := plan.ParseSchedule(expression)
		if (ourErr == nil) != (planErr == nil) {
			t.Fatalf("%s: the plan says %v, the simulation %v", expression, planErr, ourErr)
		}
		if ourErr == nil {
			seconds := int64(ours.Rate().Seconds())
			start := time.Unix(1764000000/seconds*seconds, 0).UTC()
			agree(t, expression, ours, plans, start, start)
		}
	})
}

// Every difference is one: what has become agreement is struck off the list.
func TestDifferencesFromThePlan(t *testing.T) {
	for i, expression := range []string{"cron(0 20-2 * * ? *)", "cron(0 3 ? * 2/2 *)", "cron(0 3 32W * ? *)"} {
		_, ourErr := timetable.Parse(expression)
		_, planErr := plan.ParseSchedule(expression)
		fields := strings.Fields(strings.TrimSuffix(strings.TrimPrefix(expression, "cron("), ")"))
		if d := differences[i]; !d.found(fields) || (planErr == nil) != d.planTakes || (ourErr == nil) == d.planTakes {
			t.Errorf("%s, %s: the plan says %v, the simulation %v", expression, d.reason, planErr, ourErr)
		}
	}
}
