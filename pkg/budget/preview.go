package budget

import (
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Preview are the next n moments, from one on, at which rules are scheduled, each
// once: what GetBackupPlan tells with MaxScheduledRunsPreview. It tells when a rule's
// time comes, not which of two whose windows overlap runs.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupPlan.html
func Preview(rules []plan.BackupRule, from time.Time, n int) []time.Time {
	var runs []time.Time
	for _, r := range rules {
		runs = append(runs, next(r.Schedule, from, n)...)
	}
	slices.SortFunc(runs, time.Time.Compare)
	runs = slices.CompactFunc(runs, time.Time.Equal)
	return runs[:min(n, len(runs))]
}

// next looks ahead as long as a schedule can stay away and come again: a 29th of
// February comes within eight years.
func next(expression string, from time.Time, n int) (runs []time.Time) {
	schedule := read(expression)
	if len(schedule.times) == 0 {
		return nil
	}
	first := from.UTC().Truncate(day)
	for d := range 9 * 366 {
		today := first.AddDate(0, 0, d)
		if !schedule.Due(today.Add(duration(schedule.times[0]))) {
			continue
		}
		for _, at := range schedule.times {
			if moment := today.Add(duration(at)); !moment.Before(from) {
				runs = append(runs, moment)
			}
			if len(runs) == n {
				return runs
			}
		}
	}
	return runs
}
