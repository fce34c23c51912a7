package budget

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// The worked example of the guide: hourly with a start window of 1 h, kept for a
// day, beside every 12 hours with one of 8 h, kept for a week. In 24 hours the second
// rule makes two backups and the first one eight.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html#overlapping-backup-rules
func TestOverlappingRulesOfTheGuide(t *testing.T) {
	rules := complete(
		plan.BackupRule{Name: "hourly", Schedule: "cron(0 * * * ? *)", StartWindow: plan.Duration(time.Hour), Retention: plan.Duration(day)},
		plan.BackupRule{Name: "12-hourly", Schedule: "cron(0 0/12 * * ? *)", StartWindow: plan.Duration(8 * time.Hour), Retention: plan.Duration(week)},
	)
	s := set{rules: rules, block: blocked{known: true}}
	times := s.lay(0, 14, nil)
	var got []string
	for _, j := range times.jobs {
		if !j.over && j.from >= 0 && j.from < 86400 {
			got = append(got, fmt.Sprintf("%d-%d %s", j.from/3600, j.until/3600, times.tracks[j.rule].name))
		}
	}
	want := strings.Split("0-8 12-hourly,8-9 hourly,9-10 hourly,10-11 hourly,11-12 hourly,12-20 12-hourly,20-21 hourly,21-22 hourly,22-23 hourly,23-24 hourly", ",")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// Hourly backups are lost for eight hours: from the one at 11:00 to the one that
	// starts last before 20:00, nine hours.
	w, _ := s.search(made)
	if got := duration(w.loss); got != 9*time.Hour {
		t.Errorf("an hourly rule beside a 12-hourly one loses %v at worst, want 9h", got)
	}
}

func TestOverlapTakesTheWholeWindowAndTies(t *testing.T) {
	for name, c := range map[string]struct {
		rules []plan.BackupRule
		want  string // those that run on the day
	}{
		"a window that reaches into another's is overlapped": {
			[]plan.BackupRule{
				{Name: "a", Schedule: "cron(30 11 * * ? *)", Retention: plan.Duration(day)},
				{Name: "b", Schedule: "cron(0 12 * * ? *)", Retention: plan.Duration(week)},
			}, "b",
		},
		"one that ends as the other begins is not": {
			[]plan.BackupRule{
				{Name: "a", Schedule: "cron(0 11 * * ? *)", Retention: plan.Duration(day)},
				{Name: "b", Schedule: "cron(0 12 * * ? *)", Retention: plan.Duration(week)},
			}, "a b",
		},
		"kept equally long: the longer window wins, in one of two orders": {
			[]plan.BackupRule{
				{Name: "a", Schedule: "cron(0 11 * * ? *)"},
				{Name: "b", Schedule: "cron(0 11 * * ? *)", StartWindow: plan.Duration(4 * time.Hour)},
			}, "b",
		},
		"a rule does not overlap itself": {
			[]plan.BackupRule{{Name: "a", Schedule: "cron(0 11,12 * * ? *)", StartWindow: plan.Duration(4 * time.Hour)}}, "a a",
		},
		"one that was passed over passes others over": {
			[]plan.BackupRule{
				{Name: "a", Schedule: "cron(0 10 * * ? *)", StartWindow: plan.Duration(90 * time.Minute), Retention: plan.Duration(day)},
				{Name: "b", Schedule: "cron(0 11 * * ? *)", StartWindow: plan.Duration(90 * time.Minute), Retention: plan.Duration(2 * day)},
				{Name: "c", Schedule: "cron(0 12 * * ? *)", Retention: plan.Duration(week)},
			}, "c",
		},
	} {
		times := set{rules: complete(c.rules...), block: blocked{known: true}}.lay(0, 14, nil)
		var got []string
		for _, j := range times.jobs {
			if !j.over && j.from >= 0 && j.from < 86400 {
				got = append(got, times.tracks[j.rule].name)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v run, want %s", name, got, c.want)
		}
	}
}

// With a continuous rule RDS takes one snapshot a day, whichever.
func TestContinuousLeavesOneSnapshotADay(t *testing.T) {
	rules := complete(
		plan.BackupRule{Name: "continuous", Schedule: "cron(0 5 * * ? *)", Continuous: true, Copy: new(bool)},
		plan.BackupRule{Name: "hourly", Schedule: "cron(0 * * * ? *)"},
	)
	w, _ := set{rules: rules, block: blocked{known: true}}.search(copies)
	if got := duration(w.loss); got != 48*time.Hour { // from midnight of one day to the end of the next
		t.Errorf("%v, want 48h", got)
	}
}
