package metrics

import "time"

// Vaulted is what the alarms are made for that lie in the region of the databases,
// beside their backup vault: the other ones lie where lifeboat does.
type Vaulted struct {
	Deployment string
	Vault      string // name
	// Expected is within which time some backup is complete, whatever happens: of the
	// plan's rules the shortest, as simulated. 0: nothing is backed up by rules.
	Expected  time.Duration
	Runbook   func(page string) string
	Dashboard string
}

// atMostWatched is how far back an alarm of periods of an hour looks.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
const atMostWatched = 7 * 24 * time.Hour

// JobMetrics is the table of what AWS Backup itself counts of a vault, with the
// alarms on it. It counts what is there and says nothing where nothing is.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
func JobMetrics() []Metric {
	row := func(name, value string, alarms ...Alarm) Metric {
		return Metric{Namespace: "AWS/Backup", Name: name, Unit: count, By: AWS, Published: "every 5 minutes, where it is not 0", Value: value, Alarms: alarms}
	}
	return []Metric{
		row("NumberOfBackupJobsFailed", "backup jobs into this vault that failed", jobsFailed),
		row("NumberOfBackupJobsExpired", "backup jobs that did not begin within their start window", jobsExpired),
		row("NumberOfBackupJobsCompleted", "backup jobs that are done", noneCompleted),
	}
}

// JobAlarms of a deployment, in the order of the table.
func JobAlarms(v Vaulted) (list []Raised) {
	d := Deployed{Deployment: v.Deployment, Runbook: v.Runbook, Dashboard: v.Dashboard}
	for _, m := range JobMetrics() {
		for _, a := range m.Alarms {
			if a.Name == noneCompleted.Name {
				if v.Expected <= 0 || v.Expected > atMostWatched {
					continue // too seldom to be watched by an alarm: its age is, see backup-age
				}
				a.Periods = int((v.Expected + a.Period - 1) / a.Period)
			}
			list = append(list, d.raised(m, a, Watched{RPO: v.Expected}, nil, map[string]string{"BackupVaultName": v.Vault}))
		}
	}
	return list
}

var (
	// Each of these jobs is told by an event, with the reason that AWS gives: the
	// alarm only shows it, and tells nobody a second time.
	jobsFailed = Alarm{
		Name: "backup-jobs-failed", Topic: Nobody, Runbook: "backup-jobs",
		Says:      "A backup job failed within the last hour.",
		Do:        "The message about the job says why.",
		Statistic: "Sum", Period: time.Hour, Periods: 1, Threshold: 1, Missing: NotBreaching,
	}
	jobsExpired = Alarm{
		Name: "backup-jobs-expired", Topic: Nobody, Runbook: "backup-jobs",
		Says:      "A backup job did not begin within its start window in the last hour: there is no backup of that time.",
		Do:        "The message about the job says why.",
		Statistic: "Sum", Period: time.Hour, Periods: 1, Threshold: 1, Missing: NotBreaching,
	}
	noneCompleted = Alarm{
		Name: "no-backup-completed", Topic: Ticket, Runbook: "backup-jobs",
		Says: "No backup into the vault was completed for %[2]s, the longest that the rules of the plan leave between two: perhaps none begins any more, and then no job fails.",
		Do:   "See which jobs there were, and whether the backup plan and its selections are still there.",
		// What never counted anything fills nothing: a new deployment waits for its first
		// backup, and until then the age of the newest one is what is told of.
		Expression: "FILL(figure, 0)", Statistic: "Sum", Period: time.Hour, Below: true, Threshold: 1, Missing: Ignored,
	}
)
