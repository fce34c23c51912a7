package protection

import (
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// points judges the newest finished recovery points, where they lie.
func (j *judge) points() {
	if j.seen.Knows(BackupPoints) {
		j.lying(j.seen.Backups[j.s.Resource], func(r plan.BackupRule) plan.Duration { return r.Retention }, false)
	}
	if j.seen.Knows(CopyPoints) {
		j.lying(j.seen.Copies[j.s.Resource], func(r plan.BackupRule) plan.Duration { return r.CopyRetention }, true)
	}
}

// lying judges those in one vault, newest first.
func (j *judge) lying(points []Point, retention func(plan.BackupRule) plan.Duration, copied bool) {
	judged := map[string]bool{}
	for _, p := range points {
		standing := OfPoint(p.Status)
		if p.Continuous || standing == UnderWay || standing == Gone || judged[p.Rule] {
			continue
		}
		judged[p.Rule] = true
		switch standing {
		case NotDecided:
			j.find(Undecided, fmt.Sprintf("recovery point %s is %q, which lifeboat does not know", p.ARN, p.Status))
		case Partial:
			j.find(PartialPoint, fmt.Sprintf("recovery point %s of %s in %s is PARTIAL: %s", p.ARN, at(p.Created), p.Vault, p.Message))
		case Usable, Halted, Failed, Expired, UnderWay, Gone:
		}
		if r, known := j.rule(p.Rule); known {
			j.lives(p, time.Duration(retention(r)))
		}
		if copied {
			j.encrypted(p)
		}
	}
}

// lives holds the moment at which a recovery point is deleted against how long the
// rule keeps it. AWS counts days; an hour is no matter.
func (j *judge) lives(p Point, wanted time.Duration) {
	if kept := p.Deletes.Sub(p.Created); !p.Deletes.IsZero() && kept < wanted-time.Hour {
		j.find(ShortLived, fmt.Sprintf("recovery point %s in %s will be deleted at %s: it is kept for %s, and the plan says %s", p.ARN, p.Vault, at(p.Deletes), words(kept), words(wanted)))
	}
}

// encrypted holds the key of a copy against the vault's: a copy whose key is the
// source's is lost with the source.
func (j *judge) encrypted(p Point) {
	vault := j.seen.CopyVault
	switch {
	case !p.Encrypted:
		j.find(ForeignKey, fmt.Sprintf("copy %s in %s is not encrypted", p.ARN, p.Vault))
	case j.seen.Knows(CopyVault) && vault.Key != "" && p.Key != vault.Key, p.Key != "" && !inPlace(p.Key, p.Vault):
		j.find(ForeignKey, fmt.Sprintf("copy %s in %s is encrypted with key %s, which is not that of its vault", p.ARN, p.Vault, p.Key))
	}
}

// inPlace tells whether two ARNs are of one region and account.
func inPlace(one, other string) bool {
	a, b := strings.SplitN(one, ":", 6), strings.SplitN(other, ":", 6)
	return len(a) == 6 && len(b) == 6 && a[3] == b[3] && a[4] == b[4]
}

// firstWindow is within which a first continuous backup begins: the change waits
// for the weekly maintenance window, and the job after it.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html
const firstWindow = 8 * day

// continuous judges whether points in time can be restored to by AWS Backup.
func (j *judge) continuous() {
	if !j.seen.Knows(BackupPoints) {
		return
	}
	var going, halted, coming *Point
	points := j.seen.Backups[j.s.Resource]
	for i, p := range points {
		if !p.Continuous {
			continue
		}
		switch standing := OfPoint(p.Status); {
		case standing == Usable && going == nil:
			going = &points[i]
		case standing == Halted && halted == nil:
			halted = &points[i]
		case standing == UnderWay && coming == nil:
			coming = &points[i]
		}
	}
	if going == nil && coming == nil && halted != nil {
		j.find(ContinuousStopped, fmt.Sprintf("continuous recovery point %s is STOPPED: %s", halted.ARN, halted.Message))
	}
	if coming != nil || !j.s.continuous() || !j.seen.Knows(Jobs) {
		return
	}
	first, fallback := j.fallbacks()
	switch {
	case fallback == nil, halted != nil && going == nil:
	case going == nil && j.now.Sub(first.Created) > firstWindow:
		j.find(ContinuousNeverBegan, fmt.Sprintf("the continuous rule %q of %s ran since %s, and there is no continuous recovery point", first.Rule, j.s.Resource, at(first.Created)))
	default:
		j.find(FallbackSnapshot, fmt.Sprintf("backup job %s of the continuous rule %q is COMPLETED, and its recovery point %s is a snapshot", fallback.ID, fallback.Rule, fallback.Point))
	}
}

// fallbacks are the oldest job of a continuous rule, and the newest where what it
// made is a snapshot.
func (j *judge) fallbacks() (first, fallback *Job) {
	jobs := j.ours()
	newest := true
	for i, job := range jobs {
		r, known := j.rule(job.Rule)
		if !known || !r.Continuous || OfJob(job.State) != Usable {
			continue
		}
		if first = &jobs[i]; newest && !j.madeContinuous(job.Point) {
			fallback = first
		}
		newest = false
	}
	return first, fallback
}

func (j *judge) madeContinuous(arn string) bool {
	for _, p := range j.seen.Backups[j.s.Resource] {
		if p.ARN == arn {
			return p.Continuous
		}
	}
	return false
}

// events: AWS Backup hears of changes in a bucket by EventBridge.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/s3-backups.html
func (j *judge) events() {
	on, known := j.seen.Events[j.s.Resource]
	if j.seen.Knows(Buckets) && known && !on {
		j.find(NotificationsOff, fmt.Sprintf("%s does not send its events to EventBridge: its continuous backup stops", j.s.Resource))
	}
}
