package plan

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Moments are the minutes that are due.
func TestMomentsAreDue(t *testing.T) {
	from := time.Date(2026, 11, 2, 3, 7, 30, 0, time.UTC)
	until := from.AddDate(0, 0, 40)
	for _, text := range []string{"cron(0 3 1 * ? *)", "cron(0/20 1-3 ? * MON *)", "cron(15 10 L * ? *)", "cron(0 0 1 1 ? 2020)", "rate(7 days)", "rate(13 minutes)", "rate(1 hour)"} {
		s, err := ParseSchedule(text)
		if err != nil {
			t.Fatal(err)
		}
		var want []time.Time
		for at := from.Truncate(time.Minute).Add(time.Minute); at.Before(until); at = at.Add(time.Minute) {
			if s.Due(at) {
				want = append(want, at)
			}
		}
		if diff := cmp.Diff(want, s.Moments(from, until)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
