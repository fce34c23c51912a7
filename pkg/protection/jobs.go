package protection

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// window is how far back a job of the subject must be found.
func (s Subject) window() time.Duration {
	return max(s.Policy.BackupAge, s.Policy.CopyAge, day) + Slack
}

const day = 24 * time.Hour

// jobsKept is for how long AWS lists jobs.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupJobs.html
const jobsKept = 30 * day

// PointsLookback is how far back the recovery points of some subjects are needed: of
// a rule that runs monthly the newest is older than any job that AWS still lists.
func PointsLookback(subjects []Subject) time.Duration {
	longest := Lookback(subjects)
	for _, s := range subjects {
		longest = max(longest, s.window())
	}
	return longest
}

// Lookback is how far back the jobs of some subjects are needed.
func Lookback(subjects []Subject) time.Duration {
	longest := 2*day + Slack
	for _, s := range subjects {
		longest = max(longest, 2*s.window())
		if s.continuous() {
			longest = max(longest, firstWindow+2*day)
		}
	}
	return min(longest, jobsKept)
}

func (s Subject) continuous() bool {
	return slices.ContainsFunc(s.Policy.Rules, func(r plan.BackupRule) bool { return r.Continuous })
}

// Continuous tells whether any is backed up continuously: such a recovery point is
// as old as its first backup, so that no window finds it.
func Continuous(subjects []Subject) bool { return slices.ContainsFunc(subjects, Subject.continuous) }

// rule of the policy; the only one where nothing says which.
func (j *judge) rule(name string) (plan.BackupRule, bool) {
	rules := j.s.Policy.Rules
	i := slices.IndexFunc(rules, func(r plan.BackupRule) bool { return r.Name == name })
	if i < 0 && len(rules) == 1 {
		i = 0
	}
	if i < 0 {
		return plan.BackupRule{}, false
	}
	return rules[i], true
}

// ours are the jobs of the policy's rules; where none carries the name of one,
// those of any plan: an adopted one may call them as it likes.
func (j *judge) ours() []Job {
	all := j.seen.Jobs[j.s.Resource]
	var named, scheduled []Job
	for _, job := range all {
		if slices.ContainsFunc(j.s.Policy.Rules, func(r plan.BackupRule) bool { return r.Name == job.Rule }) {
			named = append(named, job)
		}
		if job.Rule != "" {
			scheduled = append(scheduled, job)
		}
	}
	switch {
	case len(named) > 0:
		return named
	case len(scheduled) > 0:
		return scheduled
	}
	return all
}

// lately is for how long what is over is still judged, though the next of its rule
// may have ended well meanwhile: of an hourly rule that is minutes later, and nobody
// would have heard of it.
const lately = 65 * time.Minute

// jobs judges the newest finished one of each rule, and what ended lately.
func (j *judge) jobs() {
	if !j.seen.Knows(Jobs) {
		return
	}
	jobs, seen := j.ours(), map[string]bool{}
	if j.nothing(jobs) {
		return
	}
	for _, job := range jobs {
		standing := OfJob(job.State)
		if standing == UnderWay || seen[job.Rule] && j.now.Sub(job.Completed) > lately {
			continue
		}
		seen[job.Rule] = true
		j.job(job, standing)
	}
	j.oncePerDay(jobs)
}

// nothing tells whether the plan passed the resource by: no job was made within
// the time in which the schedule makes one, and the vault is older than that.
func (j *judge) nothing(jobs []Job) bool {
	s, since := j.s, j.now.Add(-j.s.window())
	if len(s.Policy.Rules) == 0 || s.Database == "" || slices.ContainsFunc(jobs, func(job Job) bool { return job.Created.After(since) }) {
		return false
	}
	if s.Policy.BackupAge == 0 {
		return true // within which time there must be one, the schedule does not say
	}
	if s.window() > jobsKept && (!j.seen.Knows(BackupPoints) || slices.ContainsFunc(j.seen.Backups[s.Resource], func(p Point) bool { return p.Created.After(since) })) {
		return true // its job is listed no more, and what it made is there
	}
	if j.seen.Knows(OptIns) && j.seen.OptedIn != nil && strings.Contains(s.Resource, ":rds:") && !j.seen.OptedIn["RDS"] {
		j.find(OptedOut, fmt.Sprintf("region %s is not opted in to backups of RDS: no backup job of %s for %s", s.Backups.Region, s.Resource, words(s.window())))
		return true
	}
	if j.seen.Knows(BackupVault) && j.seen.BackupVault.Made.After(since) {
		return true // the first is still to come
	}
	j.find(NothingMatched, fmt.Sprintf("no backup job of %s for %s, and its rules make one within that time", s.Resource, words(s.window())))
	return true
}

func (j *judge) job(job Job, standing Standing) {
	switch standing {
	case NotDecided:
		j.find(Undecided, fmt.Sprintf("backup job %s is %q, which lifeboat does not know", job.ID, job.State))
	case Failed, Gone:
		j.find(JobFailed, fmt.Sprintf("backup job %s of rule %q is %s: %s", job.ID, job.Rule, job.State, job.Message))
	case Expired:
		j.find(JobExpired, fmt.Sprintf("backup job %s of rule %q, of %s, is EXPIRED: it did not start in time", job.ID, job.Rule, at(job.Created)))
	case Partial:
		j.find(PartialPoint, fmt.Sprintf("backup job %s of rule %q is PARTIAL: %s", job.ID, job.Rule, job.Message))
	case Usable, Halted:
		j.done(job)
	case UnderWay:
	}
}

// done judges a job that AWS calls COMPLETED.
func (j *judge) done(job Job) {
	if wanted := j.s.Backups.ARN(); j.s.Backups.Name != "" && job.Vault != wanted && !j.s.AirGapped {
		j.find(Misplaced, fmt.Sprintf("backup job %s put its recovery point into %s; the plan wants it in %s", job.ID, job.Vault, wanted))
	} else if !j.s.AirGapped && j.seen.Knows(BackupPoints) && job.Point != "" && j.now.Sub(job.Completed) > Slack && !j.lies(job.Point) {
		j.find(Misplaced, fmt.Sprintf("backup job %s is COMPLETED, and its recovery point %s does not lie in %s", job.ID, job.Point, job.Vault))
	}
	if job.Message == "" && (job.Category == "" || job.Category == success) {
		return
	}
	j.find(issue(job), fmt.Sprintf("backup job %s is COMPLETED with %s: %s", job.ID, job.Category, job.Message))
}

// success is the category of a message that has nothing to tell.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupJob.html
const success = "SUCCESS"

// issue is what a job that is COMPLETED lacks. AWS has no code for it, so that the
// words of its message tell; whatever they are, it is an issue.
func issue(job Job) string {
	message := strings.ToLower(job.Message)
	says := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(message, w) })
	}
	switch {
	case says("air-gapped", "air gapped"):
		return NotInAirGappedVault
	case says("continuous", "pitr", "point-in-time"):
		return FallbackSnapshot
	case job.ResourceType == "S3" || says("object"):
		return ObjectsMissing
	}
	return WithIssues
}

func (j *judge) lies(point string) bool {
	return slices.ContainsFunc(j.seen.Backups[j.s.Resource], func(p Point) bool { return p.ARN == point })
}

// oncePerDay: beside a continuous backup RDS takes one snapshot a day, whoever has
// it made; each further job is COMPLETED with the recovery point of the first.
func (j *judge) oncePerDay(jobs []Job) {
	if !j.seen.Knows(BackupPoints) {
		return
	}
	done, made := 0, map[string]bool{}
	for _, job := range jobs {
		r, _ := j.rule(job.Rule)
		if r.Continuous || OfJob(job.State) != Usable || j.now.Sub(job.Created) > day || j.madeContinuous(job.Point) {
			continue
		}
		done++
		made[job.Point] = true
	}
	if len(made) < done {
		j.find(SnapshotsOncePerDay, fmt.Sprintf("%d snapshot jobs of %s were COMPLETED within a day and made %d recovery points: as beside a continuous backup", done, j.s.Resource, len(made)))
	}
}

func at(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// words are to the minute: what is judged here lasts longer.
func words(d time.Duration) string { return plan.Duration(d.Round(time.Minute)).Words() }
