package account

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

const areaAutomated = "automated backups"

// AutomatedReader reads the automated backups of instances in a region.
type AutomatedReader interface {
	Instance(ctx context.Context, name string) (i seen.Instance, there bool, err error)
	// Replication into this region, by the instance's ARN and resource id.
	Replication(ctx context.Context, arn, resourceID string) (r seen.Replication, there bool, err error)
}

// Automated looks whether each database whose points in time the plan counts on has
// automated backups, and whether they are replicated into the recovery region.
// lifeboat does not own the databases: it changes none of them, and says the command.
func Automated(n Needs, c Checkout, from Regions[AutomatedReader], policies map[string]budget.Policy, now func() time.Time) doctor.Check {
	return doctor.Check{Area: areaAutomated, Run: func(ctx context.Context) (lines []doctor.Line) {
		a := automated{n: n, c: c, from: from, now: now()}
		for _, d := range protectedIn(n, policies) {
			if d.policy.PointInTime == plan.PointInTimeNative || d.policy.PointInTime == plan.PointInTimeReplicated || d.policy.MaintenanceWindow != "" || d.policy.AutomatedWindow != "" {
				lines = append(lines, a.of(ctx, d)...)
			}
		}
		if len(lines) == 0 {
			return undeclared("RDS", "the plan counts on no point in time of automated backups")
		}
		return lines
	}}
}

type automated struct {
	n    Needs
	c    Checkout
	from Regions[AutomatedReader]
	now  time.Time
}

func (a automated) of(ctx context.Context, d protected) []doctor.Line {
	reader, reached := a.from.at(d.at)
	if !reached {
		return []doctor.Line{a.from.elsewhere(a.c, areaAutomated, d.name, d.at)}
	}
	look := cliIn(d.at.region, "rds describe-db-instances --db-instance-identifier %s", d.source)
	i, there, err := reader.Instance(ctx, d.source)
	switch {
	case err != nil:
		return []doctor.Line{unread(d.name, err, look)}
	case !there:
		return []doctor.Line{{Subject: d.name, State: doctor.Wrong, What: "there is no instance " + d.source + " in " + d.at.account + ", " + d.at.region, Command: look, Basis: doctor.Asked}}
	}
	lines := []doctor.Line{a.native(d, i, look)}
	lines = append(lines, windows(d, i)...)
	if d.policy.PointInTime == plan.PointInTimeReplicated {
		lines = append(lines, a.replicated(ctx, d, i))
	}
	return lines
}

// native is whether an instance can be brought back to a point in time in its own
// region.
func (a automated) native(d protected, i seen.Instance, look string) doctor.Line {
	line := doctor.Line{Subject: d.name, State: doctor.Wrong, Basis: doctor.Asked, Command: look}
	switch behind := a.now.Sub(i.Latest); {
	case d.policy.PointInTime != plan.PointInTimeNative && d.policy.PointInTime != plan.PointInTimeReplicated:
		line.State, line.Command, line.What = doctor.OK, "", "is there; the plan counts on no point in time of its automated backups"
	case i.Retention == 0:
		// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.Enabling.html
		line.What = "has no automated backups, and the plan counts on points in time; switching them on restarts the instance, in its next maintenance window"
		line.Command = cliIn(d.at.region, "rds modify-db-instance --db-instance-identifier %s --backup-retention-period %d", d.source, retentionOf(a.n.Plan))
	case i.Latest.IsZero():
		line.State, line.What = doctor.Unknown, "no point in time can be restored yet: its first backup is being made"
	case behind > d.logs:
		line.What = fmt.Sprintf("its newest point in time lies %s back, and the plan counts on %s: its transaction logs are not kept any more", round(behind), round(d.logs))
		line.Command = cliIn(d.at.region, "rds describe-events --source-type db-instance --source-identifier %s --duration 1440", d.source)
	case i.Status != "" && !keeping[i.Status]:
		line.What = fmt.Sprintf("is in the status %s: RDS makes automated backups of an available instance only, and the newest point in time stays where it is, %s back", i.Status, round(behind))
	default:
		line.State, line.Command = doctor.OK, ""
		line.What = fmt.Sprintf("can be restored to any point of the last %s; the newest lies %s back", days(i.Retention), round(behind))
	}
	return line
}

// keeping are the states of an instance that is available, or soon is again by itself:
// in others nothing is backed up.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
var keeping = map[string]bool{
	"available": true, "backing-up": true, "storage-initialization": true, "storage-optimization": true, "storage-config-upgrade": true,
	"configuring-enhanced-monitoring": true, "configuring-iam-database-auth": true, "configuring-log-exports": true, "converting-to-vpc": true,
	"maintenance": true, "modifying": true, "moving-to-vpc": true, "rebooting": true, "renaming": true, "resetting-master-credentials": true,
	"starting": true, "upgrading": true,
}

// round is a length in seconds, as the plan writes it.
// round leaves out what changes from one look to the next.
func round(d time.Duration) string {
	if d < time.Minute {
		return plan.Duration(d.Round(time.Second)).String()
	}
	return plan.Duration(d.Truncate(time.Minute)).String()
}

// longestAutomated is as long as RDS keeps automated backups.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html
const longestAutomated = 35

// retentionOf automated backups: as long as the plan keeps recovery points, in days.
func retentionOf(p plan.Plan) int {
	if p.Backup == nil || p.Backup.Retention == 0 {
		return longestAutomated
	}
	return min(longestAutomated, inDays(time.Duration(p.Backup.Retention)))
}

// windows are those that the budget was reckoned with, where the instance has others:
// backups that begin in the maintenance window, or in the hour before, fail.
func windows(d protected, i seen.Instance) (lines []doctor.Line) {
	for _, w := range []struct{ name, declared, actual, option, key string }{
		{"maintenance window", d.policy.MaintenanceWindow, i.MaintenanceWindow, "preferred-maintenance-window", "maintenanceWindow"},
		{"window of automated backups", d.policy.AutomatedWindow, i.BackupWindow, "preferred-backup-window", "automatedWindow"},
	} {
		if w.declared == "" || strings.EqualFold(w.declared, w.actual) {
			continue
		}
		line := doctor.Line{Subject: d.name, State: doctor.Wrong, Basis: doctor.Asked}
		line.What = fmt.Sprintf("its %s is %s, and the plan was reckoned with %s (backup.%s)", w.name, w.actual, w.declared, w.key)
		line.Command = cliIn(d.at.region, "rds modify-db-instance --db-instance-identifier %s --%s %s", d.source, w.option, printable.ShellWord(w.declared))
		if w.actual == "" {
			line.State, line.What = doctor.Unknown, "RDS does not say its "+w.name+", and the plan was reckoned with "+w.declared
			line.Command = cliIn(d.at.region, "rds describe-db-instances --db-instance-identifier %s", d.source)
		}
		lines = append(lines, line)
	}
	return lines
}

// statusReplicating is RDS's word for a replication that works.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/AutomatedBackups.Replicating.Describe.html
const statusReplicating = "replicating"

// replicated is whether points in time of an instance reach the recovery region. It
// is the same account's: automated backups do not leave it.
func (a automated) replicated(ctx context.Context, d protected, i seen.Instance) doctor.Line {
	to := place{d.at.account, a.n.Plan.Regions.Recovery}
	subject := d.name + " in " + to.region
	look := cliIn(to.region, "rds describe-db-instance-automated-backups --filters Name=dbi-resource-id,Values=%s", i.ResourceID)
	reader, reached := a.from.at(to)
	if !reached {
		return a.from.elsewhere(a.c, areaAutomated, subject, to)
	}
	r, there, err := reader.Replication(ctx, i.ARN, i.ResourceID)
	if err != nil {
		return unread(subject, err, look)
	}
	line := doctor.Line{Subject: subject, State: doctor.Wrong, Basis: doctor.Asked, Command: look}
	switch behind := a.now.Sub(r.Latest); {
	case !there && i.Retention == 0:
		line.State, line.What = doctor.Unknown, "nothing is replicated here: there are no automated backups yet"
	case !there:
		line.What, line.Command = "its automated backups are not replicated here, and the plan counts on them when "+d.at.region+" is lost", a.start(d, i, to)
	case r.Status != statusReplicating:
		line.What = fmt.Sprintf("its replication is %q, not %q: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/AutomatedXREGBackups.Troubleshooting.html", r.Status, statusReplicating)
	case r.Latest.IsZero():
		line.State, line.What = doctor.Unknown, "no point in time can be restored here yet: the first backup is being copied"
	case d.policy.ReplicationLag > 0 && behind > d.policy.ReplicationLag:
		line.What = fmt.Sprintf("its newest point in time here lies %s back, and the plan counts on %s", round(behind), round(d.policy.ReplicationLag))
	default:
		line.State, line.Command = doctor.OK, ""
		line.What = fmt.Sprintf("replicated: %s, the newest point in time lies %s back", days(r.Retention), round(behind))
	}
	return line
}

// start is the command that has automated backups replicated. An encrypted one needs
// a key of the region that it goes to, and a URL that the CLI signs for the region
// that it comes from.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/AutomatedBackups.Replicating.Enable.html
func (a automated) start(d protected, i seen.Instance, to place) string {
	command := cliIn(to.region, "rds start-db-instance-automated-backups-replication --source-db-instance-arn %s --backup-retention-period %d", i.ARN, inDays(max(i.Retention, 24*time.Hour)))
	if i.Key == "" {
		return command
	}
	return command + " --kms-key-id " + printable.ShellWord(keyIn(a.n, d.key, to)) + " --source-region " + d.at.region
}

// keyIn is the ARN of the key that something of a database is encrypted with elsewhere:
// the plan's, which is one of the region of drills, else RDS's own there.
func keyIn(n Needs, planned string, to place) string {
	switch {
	case planned == "" || to != home(n):
		planned = "alias/aws/rds"
		fallthrough
	case strings.HasPrefix(planned, "alias/"):
		return "arn:" + deployed.Partition(to.region) + ":kms:" + to.region + ":" + to.account + ":" + planned
	}
	return planned
}
