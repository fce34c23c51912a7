package plan

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRuleInput.html
var ruleNameRE = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,50}$`)

const (
	// minCold is the shortest time that recovery points stay in cold storage.
	// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html
	minCold = Duration(90 * day)
	// maxStartWindow bounds what is simulated. AWS Backup names no longest one; a backup
	// that may start a month after its time is no backup of that time.
	maxStartWindow = Duration(35 * day)
	// maxContinuous is how far a point in time can lie back.
	// https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery-retention-period.html
	maxContinuous = Duration(35 * day)
)

// rules checks those of one backup plan, whatever they are for. A rule makes one
// copy at most, of the five that AWS Backup takes.
func (v *validator) rules(path string, rules []BackupRule) {
	if len(rules) > maxRules {
		v.add(path, fmt.Sprintf("there are %d rules", len(rules)), "AWS Backup takes 10 of a backup plan", "have fewer: a rule can come more often")
	}
	names := map[string]bool{}
	for i, r := range rules {
		at := fmt.Sprintf("%s[%d]", path, i)
		v.unique(names, at+".name", "rule", r.Name)
		v.matches(at+".name", r.Name, ruleNameRE, "name of a rule", "1 to 50 letters, digits and - _ .")
		v.rule(at, r)
	}
}

func (v *validator) rule(path string, r BackupRule) {
	v.backupSchedule(path+".schedule", r.Schedule)
	for _, w := range []struct {
		name  string
		value Duration
	}{{"startWindow", r.StartWindow}, {"completionWindow", r.CompletionWindow}} {
		switch {
		case w.value != 0 && w.value < DefaultStartWindow:
			v.add(path+"."+w.name, fmt.Sprintf("the window is %s", w.value), "AWS Backup takes 60 minutes at least", "60m, or more")
		case time.Duration(w.value)%time.Minute != 0:
			v.add(path+"."+w.name, fmt.Sprintf("the window is %s", w.value), "AWS Backup counts whole minutes", "for instance 60m")
		}
	}
	if r.StartWindow > maxStartWindow {
		v.add(path+".startWindow", fmt.Sprintf("the window is %s", inDays(time.Duration(r.StartWindow))), "no backup that may start so late is one of its time", inDays(time.Duration(maxStartWindow))+" at most, for instance 60m")
	}
	// https://github.com/aws-samples/cdk-backup-plan: at least 60 minutes greater.
	if start, end := cmp.Or(r.StartWindow, DefaultStartWindow), cmp.Or(r.CompletionWindow, DefaultCompletionWindow); end < start+DefaultStartWindow {
		v.add(path+".completionWindow", fmt.Sprintf("a backup may start within %s and must be complete after %s", start, end),
			"AWS Backup takes a completion window that is an hour longer than the start window at least", (start+DefaultStartWindow).String()+", or more")
	}
	v.lifecycle(path, r)
	if r.Continuous {
		v.continuous(path, r)
	}
}

// lifecycle checks how long recovery points and their copies are kept.
func (v *validator) lifecycle(path string, r BackupRule) {
	v.wholeDays(path+".retention", "recovery points are", r.Retention)
	v.wholeDays(path+".copyRetention", "copies are", r.CopyRetention)
	v.wholeDays(path+".coldAfter", "in warm storage they are", r.ColdAfter)
	full := r.normalised(v.plan.Backup.retention(), v.plan.Elsewhere())
	if copies := *full.Copy; copies && !v.plan.Elsewhere() {
		v.add(path+".copy", "there is no place that copies could come to", "a copy lies in another region or in another account", "declare regions.recovery or accounts.recovery, or remove it")
	} else if !copies && r.CopyRetention > 0 {
		v.add(path+".copyRetention", "the rule makes no copies", "it would be ignored", "remove it, or declare where copies come to and copy: true")
	}
	v.fits(path+".retention", "recovery points are", full.Retention)
	if *full.Copy && full.CopyRetention != full.Retention {
		v.fits(path+".copyRetention", "copies are", full.CopyRetention)
	}
	if r.ColdAfter == 0 {
		return
	}
	for _, kept := range []struct {
		key, what string
		long      Duration
	}{{".retention", "recovery points are", full.Retention}, {".copyRetention", "copies are", full.CopyRetention}} {
		if kept.long > 0 && kept.long < r.ColdAfter+minCold && (kept.key == ".retention" || full.CopyRetention != full.Retention) {
			v.add(path+kept.key, fmt.Sprintf("%s kept for %s, and move to cold storage after %s", kept.what, inDays(time.Duration(kept.long)), inDays(time.Duration(r.ColdAfter))),
				"what lies in cold storage stays there for 90 days, and AWS Backup refuses such a plan", inDays(time.Duration(r.ColdAfter+minCold))+" at least, or no coldAfter")
		}
	}
}

// continuous checks what only a rule of continuous backup has.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html
func (v *validator) continuous(path string, r BackupRule) {
	full := r.normalised(v.plan.Backup.retention(), v.plan.Elsewhere())
	if full.Retention > maxContinuous {
		v.add(path+".retention", fmt.Sprintf("points in time would be kept for %s", inDays(time.Duration(full.Retention))), "continuous backup goes back 35 days at most",
			"35d at most; a second rule, daily at most, keeps snapshots for longer")
	}
	if r.ColdAfter > 0 {
		v.add(path+".coldAfter", "a continuous backup has no cold storage", "it is the database's own", "remove it")
	}
	s, known := v.interval(r.Schedule)
	switch {
	case !known:
	case *full.Copy && s.shortest < day:
		v.add(path+".copy", fmt.Sprintf("copies of a continuous backup every %s", Duration(s.shortest)), excludes, instead)
	case time.Duration(full.Retention) <= s.longest:
		v.add(path+".retention", fmt.Sprintf("points in time are kept for %s, and the rule comes every %s", inDays(time.Duration(full.Retention)), inDays(s.longest)),
			"the continuous recovery point would expire between two of them", "keep it longer than that, or have the rule come more often")
	}
}

// Why one instance cannot have both, and what it can have.
const (
	excludes = "continuous backup and frequent snapshots exclude each other: with it AWS Backup makes one snapshot of an RDS instance a day, " +
		"whatever its rules say, and a point in time is never copied"
	instead = "pointInTime: native or replicated gives points in time by the instance's own automated backups, and rules without continuous make the snapshots"
)

// backupSchedule refuses what AWS Backup would.
func (v *validator) backupSchedule(path, expression string) {
	if expression == "" {
		v.add(path, "the rule has no schedule", "AWS Backup would take its own default, once a day", "for instance cron(0 * * * ? *)")
		return
	}
	if strings.HasPrefix(expression, "rate(") {
		v.add(path, fmt.Sprintf("%q is a rate", expression), "AWS Backup takes cron expressions only", "for instance cron(0 * * * ? *), every hour")
		return
	}
	schedule, err := ParseSchedule(expression)
	if err != nil {
		v.add(path, err.Error(), "", "for instance cron(0 * * * ? *), every hour")
		return
	}
	if schedule.Starts() < 2 {
		v.add(path, fmt.Sprintf("%q does not come again", expression), "data ages without end after the last backup", "for instance cron(0 3 * * ? *), daily")
		return
	}
	// https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html
	if s, _ := v.interval(expression); s.shortest < time.Hour {
		v.add(path, fmt.Sprintf("%q comes after %s again", expression, Duration(s.shortest)), "AWS Backup takes schedules that come hourly at most",
			"cron(0 * * * ? *); what must be fresher needs pointInTime: native or replicated")
	}
}

// intervals of a schedule.
type intervals struct{ shortest, longest time.Duration }

// interval is asked for each rule of each database, and they are few different
// ones. False: the expression is none, or does not come again.
func (v *validator) interval(expression string) (intervals, bool) {
	if found, known := v.intervals[expression]; known {
		return found, found.shortest > 0
	}
	var found intervals
	if s, err := ParseSchedule(expression); err == nil && s.Starts() > 1 {
		found.shortest, found.longest = s.intervals()
	}
	if v.intervals == nil {
		v.intervals = map[string]intervals{}
	}
	v.intervals[expression] = found
	return found, found.shortest > 0
}
