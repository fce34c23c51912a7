package plan

import (
	"slices"
	"testing"
	"time"
)

// Expected days are from a calendar: 2026-11-01 is a Sunday, 2026-08-01 a
// Saturday.
func TestDue(t *testing.T) {
	cases := map[string]struct {
		reason     string
		month      time.Time
		days       []int
		hour, mins int // of the first one
	}{
		"cron(0 3 1 * ? *)":               {"the first", month(2026, 11), []int{1}, 3, 0},
		"cron(30 4 L * ? *)":              {"the last day", month(2028, 2), []int{29}, 4, 30},
		"cron(0 3 LW * ? *)":              {"the 31st is a Saturday", month(2026, 10), []int{30}, 3, 0},
		"cron(0 3 1W * ? *)":              {"the 1st is a Saturday: not into July", month(2026, 8), []int{3}, 3, 0},
		"cron(0 3 15W * ? *)":             {"the 15th is a Sunday", month(2026, 11), []int{16}, 3, 0},
		"cron(0 3 31W * ? *)":             {"November has no 31st", month(2026, 11), nil, 0, 0},
		"cron(0 3 ? * 6#3 *)":             {"the third Friday", month(2026, 11), []int{20}, 3, 0},
		"cron(0 3 ? * 6L *)":              {"the last Friday", month(2026, 11), []int{27}, 3, 0},
		"cron(0 3 ? * L *)":               {"Saturdays", month(2026, 11), []int{7, 14, 21, 28}, 3, 0},
		"cron(0 3 ? * TUE,THU *)":         {"words", month(2026, 11), []int{3, 5, 10, 12, 17, 19, 24, 26}, 3, 0},
		"cron(0 3 1/10 * ? *)":            {"steps", month(2026, 11), []int{1, 11, 21}, 3, 0},
		"cron(0 3 2 JAN-MAR,NOV ? *)":     {"months", month(2026, 11), []int{2}, 3, 0},
		"cron(0 3 2 JAN-MAR ? *)":         {"not in November", month(2026, 11), nil, 0, 0},
		"cron(0 3 2 * ? 2027-2030)":       {"not this year", month(2026, 11), nil, 0, 0},
		"cron(15 0/12 3-4 11 ? 2026)":     {"half-days", month(2026, 11), []int{3, 3, 4, 4}, 0, 15},
		"rate(7 days)":                    {"1970-01-01 was a Thursday", month(2026, 11), []int{5, 12, 19, 26}, 0, 0},
		"cron(59 23 ? 11 SUN 2026,2028 )": {"Sundays", month(2026, 11), []int{1, 8, 15, 22, 29}, 23, 59},
	}
	for expression, c := range cases {
		s, err := ParseSchedule(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		var days []int
		var first time.Time
		for at := c.month; at.Month() == c.month.Month(); at = at.Add(time.Minute) {
			if s.Due(at.Add(30 * time.Second)) {
				if days = append(days, at.Day()); first.IsZero() {
					first = at
				}
			}
		}
		if !slices.Equal(days, c.days) || len(days) > 0 && (first.Hour() != c.hour || first.Minute() != c.mins) {
			t.Errorf("%s (%s): days %v from %s, want %v from %02d:%02d", expression, c.reason, days, first, c.days, c.hour, c.mins)
		}
	}
	if _, err := ParseSchedule("cron(0 3 * * * *)"); err == nil {
		t.Error("what the scheduler refuses is parsed")
	}
}

func month(year int, m time.Month) time.Time { return time.Date(year, m, 1, 0, 0, 0, 0, time.UTC) }
