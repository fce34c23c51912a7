package catalog

import (
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	if name == "" {
		return nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestResolve(t *testing.T) {
	const layout = "2006-01-02 15:04:05"
	tests := map[string]struct {
		reason       string
		wall         string
		abbreviation string
		zone         string
		written      string
		want         string
		uncertainty  time.Duration
	}{
		"UTC":             {"taken at its word", "2026-11-24 00:42:51", "UTC", "", "", "2026-11-24 00:42:51", 0},
		"UTC in a zone":   {"the record wins over the plan", "2026-11-24 00:42:51", "UTC", "America/New_York", "", "2026-11-24 00:42:51", 0},
		"EST alone":       {"shared by several zones, never UTC", "2026-11-24 00:42:51", "EST", "", "", "2026-11-23 23:42:51", 13 * time.Hour},
		"EST in New York": {"the plan's zone explains it", "2026-11-24 00:42:51", "EST", "America/New_York", "", "2026-11-24 05:42:51", 0},
		"EST in Berlin":   {"the plan's zone does not explain it", "2026-11-24 00:42:51", "EST", "Europe/Berlin", "", "2026-11-23 23:42:51", 13 * time.Hour},
		"numeric":         {"hours east of Greenwich", "2026-11-24 00:42:51", "+03", "", "", "2026-11-23 21:42:51", 0},
		"numeric halves":  {"with minutes", "2026-11-24 00:42:51", "-0330", "", "", "2026-11-24 04:12:51", 0},
		"none":            {"UTC is the best reading, and uncertain", "2026-11-24 00:42:51", "", "", "", "2026-11-24 00:42:51", 14 * time.Hour},
		"none in Berlin":  {"the plan's zone is used", "2026-07-01 12:00:00", "", "Europe/Berlin", "", "2026-07-01 10:00:00", 0},
		"first fold":      {"the abbreviation settles the doubled hour", "2026-10-25 02:30:00", "CEST", "Europe/Berlin", "", "2026-10-25 00:30:00", 0},
		"second fold":     {"the abbreviation settles the doubled hour", "2026-10-25 02:30:00", "CET", "Europe/Berlin", "", "2026-10-25 01:30:00", 0},
		"fold without":    {"of two moments the older", "2026-10-25 02:30:00", "", "Europe/Berlin", "", "2026-10-25 00:30:00", 0},
		"Tokyo's file":    {"it was written before its digits read as UTC", "2026-11-24 09:00:00", "", "", "2026-11-24 00:30:00", "2026-11-24 00:30:00", 5*time.Hour + 30*time.Minute},
		"old copy":        {"a file time before the interval says nothing", "2026-11-24 09:00:00", "", "", "2020-01-01 00:00:00", "2026-11-24 09:00:00", 14 * time.Hour},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			wall, _ := time.Parse(layout, tc.wall)
			var written time.Time
			if tc.written != "" {
				written, _ = time.Parse(layout, tc.written)
			}
			got := resolve(wall, tc.abbreviation, zone(t, tc.zone), written)
			if at := got.at.UTC().Format(layout); at != tc.want || got.uncertainty != tc.uncertainty {
				t.Errorf("%s give or take %s, want %s give or take %s: %s", at, got.uncertainty, tc.want, tc.uncertainty, tc.reason)
			}
		})
	}
}

// Whatever the true zone is, the reported interval must hold the true moment.
func TestTheIntervalHoldsTheTruth(t *testing.T) {
	truth := time.Date(2026, 11, 24, 0, 42, 51, 0, time.UTC)
	for offset := -12 * time.Hour; offset <= 14*time.Hour; offset += 15 * time.Minute {
		wall := truth.Add(offset)
		for _, abbreviation := range []string{"", "XST"} {
			for _, written := range []time.Time{{}, truth.Add(time.Minute), truth.Add(30 * time.Hour)} {
				m := resolve(wall, abbreviation, nil, written)
				if off := m.at.Sub(truth).Abs(); off > m.uncertainty {
					t.Errorf("offset %s, %q, written %s: off by %s, reported %s", offset, abbreviation, written, off, m.uncertainty)
				}
			}
		}
	}
}
