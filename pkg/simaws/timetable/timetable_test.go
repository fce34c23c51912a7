package timetable_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/timetable"
)

const minutes = "2006-01-02 15:04"

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(minutes, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// occurrences are the next ones, as UTC shows them.
func occurrences(t *testing.T, expression, after, in string, n int) []string {
	t.Helper()
	e, err := timetable.Parse(expression)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	at := moment(t, after)
	for range n {
		var more bool
		if at, more = e.Next(at, zone(t, in), moment(t, "2026-11-02 03:00")); !more {
			break
		}
		all = append(all, at.Format(minutes))
	}
	return all
}

func TestNextOccurrences(t *testing.T) {
	for expression, test := range map[string]struct {
		after  string
		want   []string
		reason string
	}{
		"cron(0 10 * * ? *)":           {"2026-11-02 10:00", []string{"2026-11-03 10:00", "2026-11-04 10:00"}, "the moment itself does not count"},
		"cron(15 12 * * ? *)":          {"2026-12-31 12:15", []string{"2027-01-01 12:15"}, "over the end of the year"},
		"cron(0 18 ? * MON-FRI *)":     {"2026-11-06 18:00", []string{"2026-11-09 18:00", "2026-11-10 18:00"}, "a Friday, then Monday"},
		"cron(0 18 ? * mon-Fri *)":     {"2026-11-06 18:00", []string{"2026-11-09 18:00"}, "names in any case"},
		"cron(0 8 1 * ? *)":            {"2026-11-02 03:00", []string{"2026-12-01 08:00", "2027-01-01 08:00"}, ""},
		"cron(0/15 * * * ? *)":         {"2026-11-02 03:31", []string{"2026-11-02 03:45", "2026-11-02 04:00"}, ""},
		"cron(1/10 * * * ? *)":         {"2026-11-02 03:50", []string{"2026-11-02 03:51", "2026-11-02 04:01", "2026-11-02 04:11"}, "the example of the guide"},
		"cron(*/25 3 * * ? *)":         {"2026-11-02 03:00", []string{"2026-11-02 03:25", "2026-11-02 03:50", "2026-11-03 03:00"}, "a star begins at the lowest value"},
		"cron(10-30/10 3 * * ? *)":     {"2026-11-02 03:00", []string{"2026-11-02 03:10", "2026-11-02 03:20", "2026-11-02 03:30", "2026-11-03 03:10"}, "an increment within a range"},
		"cron(5,35 14 * * ? *)":        {"2026-11-02 14:05", []string{"2026-11-02 14:35", "2026-11-03 14:05"}, ""},
		"cron(0/30 20-2 ? * MON *)":    {"2026-11-02 23:30", []string{"2026-11-09 00:00", "2026-11-09 00:30", "2026-11-09 01:00", "2026-11-09 01:30", "2026-11-09 02:00", "2026-11-09 02:30", "2026-11-09 20:00"}, "a range over midnight is the hours of the same Monday, as the guide's table says"},
		"cron(0 0 ? * FRI-MON *)":      {"2026-11-02 00:00", []string{"2026-11-06 00:00", "2026-11-07 00:00", "2026-11-08 00:00", "2026-11-09 00:00", "2026-11-13 00:00"}, "a range over the end of the week"},
		"cron(0 0 1 NOV-FEB ? *)":      {"2026-11-02 00:00", []string{"2026-12-01 00:00", "2027-01-01 00:00", "2027-02-01 00:00", "2027-11-01 00:00"}, "and of the year"},
		"cron(0 0 1 JAN,JUL ? *)":      {"2026-11-02 00:00", []string{"2027-01-01 00:00", "2027-07-01 00:00"}, ""},
		"cron(0 0 1 2/4 ? *)":          {"2026-11-02 00:00", []string{"2027-02-01 00:00", "2027-06-01 00:00", "2027-10-01 00:00", "2028-02-01 00:00"}, ""},
		"cron(0 3 L * ? *)":            {"2027-01-31 03:00", []string{"2027-02-28 03:00", "2027-03-31 03:00", "2027-04-30 03:00"}, "the last day"},
		"cron(0 3 L 2 ? 2028)":         {"2026-11-02 03:00", []string{"2028-02-29 03:00"}, "of a leap year, and once"},
		"cron(0 3 31 * ? *)":           {"2026-11-02 03:00", []string{"2026-12-31 03:00", "2027-01-31 03:00", "2027-03-31 03:00"}, "months without one are left out"},
		"cron(0 3 29 2 ? *)":           {"2026-11-02 03:00", []string{"2028-02-29 03:00", "2032-02-29 03:00"}, ""},
		"cron(0 3 30 2 ? *)":           {"2026-11-02 03:00", nil, "never"},
		"cron(0 3 3W * ? *)":           {"2026-09-30 03:00", []string{"2026-10-02 03:00", "2026-11-03 03:00", "2026-12-03 03:00", "2027-01-04 03:00"}, "a Saturday is its Friday, a Sunday its Monday"},
		"cron(0 3 1W * ? *)":           {"2026-07-31 03:00", []string{"2026-08-03 03:00", "2026-09-01 03:00"}, "not in the month before"},
		"cron(0 3 31W * ? *)":          {"2026-11-02 03:00", []string{"2026-12-31 03:00", "2027-01-29 03:00", "2027-03-31 03:00"}, "nor in that after, nor where there is none"},
		"cron(0 3 LW * ? *)":           {"2026-10-01 03:00", []string{"2026-10-30 03:00", "2026-11-30 03:00", "2026-12-31 03:00", "2027-01-29 03:00"}, "the last weekday"},
		"cron(0 3 ? * L *)":            {"2026-11-02 03:00", []string{"2026-11-07 03:00", "2026-11-14 03:00"}, "the last day of the week is Saturday"},
		"cron(15 10 ? * 6L 2026-2027)": {"2026-11-02 03:00", []string{"2026-11-27 10:15", "2026-12-25 10:15", "2027-01-29 10:15"}, "the last Friday"},
		"cron(0 3 ? * 3#2 *)":          {"2026-11-02 03:00", []string{"2026-11-10 03:00", "2026-12-08 03:00"}, "the second Tuesday"},
		"cron(0 3 ? * 1#5 *)":          {"2026-11-02 03:00", []string{"2026-11-29 03:00", "2027-01-31 03:00"}, "months without a fifth are left out"},
		"cron(0 3 1 1 ? 2027/5)":       {"2026-11-02 03:00", []string{"2027-01-01 03:00", "2032-01-01 03:00"}, ""},
		"cron(0 3 1 1 ? 2020)":         {"2026-11-02 03:00", nil, "it was"},
		"cron(59 23 31 12 ? 2199)":     {"2026-11-02 03:00", []string{"2199-12-31 23:59"}, "the last minute that there is"},
		"rate(1 minute)":               {"2026-11-02 03:00", []string{"2026-11-02 03:01", "2026-11-02 03:02"}, ""},
		"rate(5 minutes)":              {"2026-11-02 02:00", []string{"2026-11-02 03:00", "2026-11-02 03:05"}, "the first is the anchor"},
		"rate(36 hours)":               {"2026-11-05 00:00", []string{"2026-11-05 03:00", "2026-11-06 15:00"}, "counted from the anchor"},
		"rate(1 days)":                 {"2026-11-05 03:00", []string{"2026-11-06 03:00"}, "the page on schedules writes it like this"},
		"at(2026-11-20T13:00:00)":      {"2026-11-02 03:00", []string{"2026-11-20 13:00"}, "once"},
		"at(2026-11-01T13:00:00)":      {"2026-11-02 03:00", nil, "it was"},
	} {
		t.Run(expression, func(t *testing.T) {
			want := test.want
			got := occurrences(t, expression, test.after, "UTC", max(len(want), 1))
			if len(want) == 1 && (expression[:2] == "at" || expression == "cron(0 3 L 2 ? 2028)" || expression == "cron(59 23 31 12 ? 2199)") {
				got = occurrences(t, expression, test.after, "UTC", 2)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}

// The changes of the clocks: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
func TestTimeZones(t *testing.T) {
	for name, test := range map[string]struct {
		expression, zone, after string
		want                    []string
		reason                  string
	}{
		"standard time": {"cron(30 8 * * ? *)", "America/New_York", "2026-12-01 00:00", []string{"2026-12-01 13:30", "2026-12-02 13:30"}, ""},
		"spring, skipped": {"cron(30 2 * * ? *)", "America/Los_Angeles", "2027-03-13 00:00", []string{"2027-03-13 10:30", "2027-03-15 09:30"},
			"the guide's example: on the 14th there is no half past two"},
		"spring, around":  {"cron(30 1,3 * * ? *)", "America/Los_Angeles", "2027-03-14 00:00", []string{"2027-03-14 09:30", "2027-03-14 10:30", "2027-03-15 08:30"}, "an hour lies between half past one and half past three"},
		"spring, minutes": {"cron(0/30 * * * ? *)", "Europe/Berlin", "2027-03-28 00:15", []string{"2027-03-28 00:30", "2027-03-28 01:00", "2027-03-28 01:30"}, "two o'clock is three: nothing is lost"},
		"autumn, once": {"cron(30 2 * * ? *)", "Europe/Berlin", "2027-10-30 00:00", []string{"2027-10-30 00:30", "2027-10-31 00:30", "2027-11-01 01:30"},
			"before the clocks are put back, and not again"},
		"autumn, after":      {"cron(0 3 * * ? *)", "Europe/Berlin", "2027-10-30 12:00", []string{"2027-10-31 02:00", "2027-11-01 02:00"}, ""},
		"autumn, minutes":    {"cron(0/30 * * * ? *)", "Europe/Berlin", "2027-10-31 00:15", []string{"2027-10-31 00:30", "2027-10-31 02:00", "2027-10-31 02:30"}, "what was runs once: an hour without"},
		"asked in the hour":  {"cron(30 2 * * ? *)", "Europe/Berlin", "2027-10-31 01:10", []string{"2027-11-01 01:30"}, "in the second one: the first was"},
		"at is local":        {"at(2026-11-20T13:00:00)", "America/Los_Angeles", "2026-11-02 03:00", []string{"2026-11-20 21:00"}, "the guide's example"},
		"at comes twice":     {"at(2027-10-31T02:30:00)", "Europe/Berlin", "2026-11-02 03:00", []string{"2027-10-31 00:30"}, "the first"},
		"at never comes":     {"at(2027-03-28T02:30:00)", "Europe/Berlin", "2026-11-02 03:00", nil, ""},
		"half an hour":       {"cron(15 2 * * ? *)", "Australia/Lord_Howe", "2027-10-01 00:00", []string{"2027-10-01 15:45", "2027-10-03 15:15"}, "its clocks are put forward by half an hour, at two on the 3rd, which skips it; then the offset is 11 hours"},
		"a day that was not": {"cron(0 12 30 12 ? 2011-2012)", "Pacific/Apia", "2011-12-01 00:00", []string{"2012-12-29 22:00"}, "Samoa left out a day"},
		"rate has hours":     {"rate(1 day)", "Europe/Berlin", "2027-03-27 12:00", []string{"2027-03-28 03:00", "2027-03-29 03:00"}, "a day is 24 hours"},
		"day of the zone":    {"cron(0 1 ? * MON *)", "Asia/Tokyo", "2026-11-02 03:00", []string{"2026-11-08 16:00"}, "Monday there is Sunday here"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, occurrences(t, test.expression, test.after, test.zone, max(len(test.want), 1))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	for expression, reason := range map[string]string{
		"":                              "",
		"daily":                         "",
		"cron(0 3 * * ? *":              "open",
		"cron(0 3 * * ?)":               "five fields",
		"cron(0 3 * * ? * *)":           "seven",
		"cron(0 3 * * * *)":             "the guide: a star in one day field demands ? in the other",
		"cron(0 3 ? * ? *)":             "neither day field",
		"cron(0 3 1 * MON *)":           "both",
		"cron(? 3 * * ? *)":             "? is for days",
		"cron(60 3 * * ? *)":            "",
		"cron(0 24 * * ? *)":            "",
		"cron(0 3 0 * ? *)":             "",
		"cron(0 3 32 * ? *)":            "",
		"cron(0 3 * 13 ? *)":            "",
		"cron(0 3 * JANUARY ? *)":       "names have three letters",
		"cron(0 3 ? * 0 *)":             "Sunday is 1",
		"cron(0 3 ? * 8 *)":             "",
		"cron(0 3 * * ? 1969)":          "",
		"cron(0 3 * * ? 2200)":          "",
		"cron(0 3 * * ? 2030-2027)":     "years do not come round",
		"cron(0/0 3 * * ? *)":           "",
		"cron(0/ 3 * * ? *)":            "",
		"cron(0/-5 3 * * ? *)":          "",
		"cron(+5 3 * * ? *)":            "",
		"cron(5, 3 * * ? *)":            "an empty item",
		"cron(5- 3 * * ? *)":            "",
		"cron(0 3 ? * 2/2 *)":           "the table of day of week has no slash",
		"cron(0 3 ? * 3#1,6#3 *)":       "one expression with # only, the guide says",
		"cron(0 3 ? * 3#6 *)":           "",
		"cron(0 3 ? * 3#0 *)":           "",
		"cron(0 3 ? * MON#1 *)":         "not documented",
		"cron(0 3 ? * FRIL *)":          "not documented",
		"cron(0 3 0W * ? *)":            "",
		"cron(0 3 32W * ? *)":           "",
		"cron(0 3 1W,15W * ? *)":        "W is for one day",
		"cron(0 3 L-3 * ? *)":           "not documented",
		"cron(0 3 L,1 * ? *)":           "L stands alone",
		"rate(0 minutes)":               "",
		"rate(-1 minutes)":              "",
		"rate(1.5 hours)":               "",
		"rate(5 seconds)":               "",
		"rate(1 week)":                  "",
		"rate(minutes)":                 "",
		"rate(99999999999999 days)":     "",
		"rate(99999999 days)":           "beyond what is simulated",
		"at(2026-11-20)":                "",
		"at(2026-11-20T13:00)":          "",
		"at(2026-11-20T13:00:00Z)":      "the zone stands apart",
		"at(2026-02-30T13:00:00)":       "",
		" rate(5 minutes)":              "",
		"rate(5 minutes) ":              "",
		"Rate(5 minutes)":               "",
		"rate(5 minutes)rate(5 minute)": "",
	} {
		if e, err := timetable.Parse(expression); err == nil {
			t.Errorf("%q was read as %+v (%s)", expression, e, reason)
		}
	}
}

func TestUnitOfARate(t *testing.T) {
	for expression, want := range map[string]bool{
		"rate(1 minute)": true, "rate(1 minutes)": false, "rate(60 minutes)": true, "rate(60 minute)": false, "rate(1 hour)": true, "rate(1 hours)": false,
		"rate(24 hours)": true, "rate(24 hour)": false, "rate(1 day)": true, "rate(7 day)": false, "cron(0 3 * * ? *)": true,
	} {
		e, err := timetable.Parse(expression)
		if err != nil || e.Plural() != want {
			t.Errorf("%s: %t, %v", expression, e.Plural(), err)
		}
	}
}
