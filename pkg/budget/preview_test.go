package budget

import (
	"slices"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

func TestPreview(t *testing.T) {
	from := time.Date(2027, 2, 26, 22, 30, 0, 0, time.UTC) // a Friday
	for name, c := range map[string]struct {
		crons []string
		want  []string
	}{
		"every 6 hours":           {[]string{"0 0/6 * * ? *"}, []string{"02-27 00:00", "02-27 06:00", "02-27 12:00"}},
		"its own moment is one":   {[]string{"30 22 * * ? *"}, []string{"02-26 22:30", "02-27 22:30", "02-28 22:30"}},
		"the last of the month":   {[]string{"0 3 L * ? *"}, []string{"02-28 03:00", "03-31 03:00", "04-30 03:00"}},
		"the first Monday":        {[]string{"0 3 ? * 2#1 *"}, []string{"03-01 03:00", "04-05 03:00", "05-03 03:00"}},
		"two rules, once each":    {[]string{"0 23 * * ? *", "0 0/12 * * ? *", "0 12 * * ? *"}, []string{"02-26 23:00", "02-27 00:00", "02-27 12:00"}},
		"a rate is no such thing": {[]string{"rate"}, nil},
	} {
		var rules []plan.BackupRule
		for _, cron := range c.crons {
			rules = append(rules, plan.BackupRule{Schedule: "cron(" + cron + ")"})
		}
		var got []string
		for _, at := range Preview(rules, from, 3) {
			got = append(got, at.Format("01-02 15:04"))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if leap := Preview([]plan.BackupRule{{Schedule: "cron(0 3 29 2 ? *)"}}, from, 2); len(leap) != 2 || leap[1].Year() != 2032 {
		t.Errorf("29th of February: %v", leap)
	}
	if got := Preview([]plan.BackupRule{{Schedule: "rate(1 days)"}}, from, 2); len(got) != 0 {
		t.Errorf("a rate: %v", got)
	}
}

// Preview and the timetable tell the same moments.
func TestPreviewAgreesWithTheTimetable(t *testing.T) {
	for _, cron := range []string{"0 * * * ? *", "30 1/5 * * ? *", "0 5 ? * MON-FRI *"} {
		rules := complete(plan.BackupRule{Name: "r", Schedule: "cron(" + cron + ")"})
		times := set{rules: rules, block: blocked{known: true}}.lay(0, 14, nil)
		for i, at := range Preview(rules, times.begin, 14) {
			if want := times.begin.Add(duration(times.jobs[i].from)); !at.Equal(want) {
				t.Errorf("%s: run %d at %v, the timetable has %v", cron, i, at, want)
			}
		}
	}
}
