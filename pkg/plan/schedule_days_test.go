package plan

import (
	"testing"
	"time"
)

func TestDaysOfASchedule(t *testing.T) {
	for expression, want := range map[string]struct {
		times                  int
		weekly, everyDay, ends bool
	}{
		"cron(0 * * * ? *)":         {24, true, true, false},
		"cron(0,30 5/6 ? * * *)":    {8, true, true, false},
		"cron(0 5 ? * MON-FRI *)":   {1, true, false, false},
		"cron(0 5 ? * 2#1 *)":       {1, false, false, false},
		"cron(0 5 ? * L *)":         {1, false, false, false},
		"cron(0 5 1 * ? *)":         {1, false, false, false},
		"cron(0 5 * JAN ? *)":       {1, false, false, false},
		"cron(0 5 * * ? 2026-2027)": {1, false, false, true},
		"rate(1 days)":              {0, false, false, false},
	} {
		s, err := ParseSchedule(expression)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(s.Times()); got != want.times || s.Weekly() != want.weekly || s.EveryDay() != want.everyDay || s.Ends() != want.ends || !s.Readable() {
			t.Errorf("%s: %d times, weekly %v, every day %v, ends %v", expression, got, s.Weekly(), s.EveryDay(), s.Ends())
		}
		for _, at := range s.Times() {
			if s.EveryDay() && !s.Due(time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC).Add(at)) {
				t.Errorf("%s is not due at %v", expression, at)
			}
		}
	}
	if (Schedule{}).Readable() {
		t.Error("a schedule that was never read can be")
	}
}
