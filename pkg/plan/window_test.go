package plan

import (
	"testing"
	"time"
)

func TestWindows(t *testing.T) {
	for text, c := range map[string]struct {
		reason        string
		start, length time.Duration
	}{
		"sun:04:00-sun:04:30": {"RDS's own form", 4 * time.Hour, 30 * time.Minute},
		"Mon:23:45-Tue:00:45": {"over midnight, as the console writes it", 47*time.Hour + 45*time.Minute, time.Hour},
		"sat:23:30-sun:00:30": {"over the end of the week", 7*24*time.Hour - 30*time.Minute, time.Hour},
		"02:00-02:30":         {"a daily one", 2 * time.Hour, 30 * time.Minute},
		"23:30-00:30":         {"over midnight", 23*time.Hour + 30*time.Minute, time.Hour},
		"04:00-04:29":         {"too short", 0, 0},
		"04:00-04:00":         {"nothing, or all day?", 0, 0},
		"24:00-01:00":         {"no such hour", 0, 0},
		"4:00-5:00":           {"two digits", 0, 0},
		"sun:04:00-05:00":     {"which day does it end?", 0, 0},
		"son:04:00-son:05:00": {"no such day", 0, 0},
	} {
		parse := ParseDaily
		if len(text) > 12 {
			parse = ParseWeekly
		}
		w, err := parse(text)
		if (err == nil) != (c.length > 0) || w.Start != c.start || w.Length != c.length {
			t.Errorf("%s: %s: %+v %v", text, c.reason, w, err)
		}
	}
}

func TestWindowsOverlap(t *testing.T) {
	for _, c := range []struct {
		reason, weekly, daily string
		want                  bool
	}{
		{"apart", "sun:04:00-sun:04:30", "02:00-02:30", false},
		{"one ends as the other begins", "sun:02:30-sun:03:00", "02:00-02:30", false},
		{"by a minute", "sun:02:29-sun:03:00", "02:00-02:30", true},
		{"a window over midnight reaches the next day", "mon:00:00-mon:00:30", "23:45-00:15", true},
		{"and the next week", "sun:00:00-sun:00:30", "23:45-00:15", true},
		{"a long one holds all of the other", "sat:22:00-sun:06:00", "02:00-02:30", true},
		{"over the end of the week", "sat:23:30-sun:00:30", "00:00-00:30", true},
	} {
		weekly, err := ParseWeekly(c.weekly)
		if err != nil {
			t.Fatal(err)
		}
		daily, err := ParseDaily(c.daily)
		if err != nil {
			t.Fatal(err)
		}
		if weekly.Overlaps(daily) != c.want || daily.Overlaps(weekly) != c.want {
			t.Errorf("%s: %v", c.reason, !c.want)
		}
	}
}

func TestWindowBegins(t *testing.T) {
	w, err := ParseWeekly("sun:04:00-sun:04:30")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2026-11-29T04:00:00Z": "2026-11-29T04:00:00Z", // a Sunday
		"2026-11-29T03:59:59Z": "2026-11-22T04:00:00Z",
		"2026-12-05T23:00:00Z": "2026-11-29T04:00:00Z",
		"1969-12-28T05:00:00Z": "1969-12-28T04:00:00Z",
	} {
		at, _ := time.Parse(time.RFC3339, text)
		if got := w.Begins(at).Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
