package recoverystep

// What RunStep needs of IAM for this kind, in the recovery region:
//
//	both roles: rds:DescribeDBInstances; sns:GetTopicAttributes on the topic of pages; where the plan has lifeboat manage
//	            backups: backup:DescribeBackupVault on the vault of the copies, backup:ListBackupPlans; where rules copy,
//	            backup:GetBackupPlan, ListBackupSelections, GetBackupSelection on the plans
//	failover:   rds:ModifyDBInstance where the resource carries lifeboat:purpose=recovered; rds:AddTagsToResource (lifeboat:protect)
//	            likewise; cloudwatch:PutMetricAlarm, cloudwatch:TagResource on alarm:lifeboat-<deployment>-recovered-*;
//	            backup:DescribeBackupJob; backup:StartBackupJob on the vault of the copies; iam:PassRole of role/lifeboat-<deployment>-recovered to
//	            backup.amazonaws.com

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Protecteds are recovered databases whose backups are switched on.
type Protecteds interface {
	Recovered(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string) (drill.Recovered, error)
	// Protect switches the automated backups on, with at least so many days, and gives
	// it the tag that the rules of the recovery region ask for. NotReady: ask again.
	Protect(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string, backupDays int) error
}

// BackupRules are those of the recovery region.
type BackupRules interface {
	// Missing is what of them is not there; "": nothing.
	Missing(ctx context.Context) (string, error)
	// Copied tells whether a rule that backs a resource up copies it into a vault; both
	// are ARNs. It asks the recovery region alone: the other one may be away.
	Copied(ctx context.Context, resource, vault string) (bool, error)
	// BackUp asks for a backup now, which is kept for so many days. A second call with
	// the same token asks for none.
	BackUp(ctx context.Context, resource, token string, days int) (job string, err error)
	// BackedUp is how such a backup stands.
	BackedUp(ctx context.Context, job string) (drill.FirstBackup, error)
}

// Alarming watches what was recovered.
type Alarming interface {
	// Watch makes an alarm, or makes it anew.
	Watch(ctx context.Context, alarm drill.RecoveredAlarm) error
}

// Lookup tells what is wrong with something that must be there; "": nothing.
type Lookup interface {
	Missing(ctx context.Context, name string) (why string, err error)
}

// WorkProtect switches on, for what a failover recovered, what the source had: its
// automated backups, backups by the rules of the recovery region, their copies, and alarms.
// Copies go to the region that was left, once it is back: that one has come is never
// proved here, and where the rules make none it is said. An exercise looks whether all of
// that would be there.
type WorkProtect struct {
	Names     deployed.Names
	Databases drillstep.ByKind[Protecteds]
	Rules     BackupRules // nil: the plan has lifeboat manage no backups
	// Ruled are the databases that Rules have something for, by "workload/database".
	Ruled map[string]bool
	// Copied are those whose backups the rules copy, and where to.
	Copied map[string]deployed.Vault
	Alarms Alarming
	Topics Lookup // by ARN
}

// protecting is the state of a WorkProtect.
type protecting struct {
	Switched bool   `json:"switched,omitempty"` // the backups are on
	Job      string `json:"job,omitempty"`      // the first backup
	// Watched is since when all is switched on, alarms too, and the first backup is
	// looked at.
	Watched *time.Time `json:"watched,omitempty"`
}

// The first backup takes as long as the database is large, and nobody who waits for
// the application waits for that. But one that cannot begin says so at once, mostly.
const (
	firstBackup      = 2 * time.Minute
	firstBackupEvery = 30 * time.Second
)

func (w WorkProtect) Do(ctx context.Context, job Job) (Progress, error) {
	if job.Database == nil {
		return Progress{}, notFor(job)
	}
	if job.exercising() {
		return w.exercise(ctx, job)
	}
	databases, err := w.Databases.Of(job.Database.Drill.Kind)
	if err != nil {
		return Progress{}, err
	}
	state, err := stateOf[protecting](job)
	if err != nil {
		return Progress{}, err
	}
	name, err := recoveredName(job)
	if err != nil {
		return Progress{}, err
	}
	seen, err := databases.Recovered(ctx, markOf(job.Run), job.Database.Drill, name)
	switch {
	case err != nil:
		return Progress{}, step.Named(drill.ProtectionFailed, err, "looking at %s", name)
	case !seen.Found || !seen.Ours:
		return Progress{}, notOurs(name)
	case !state.Switched:
		return w.backups(ctx, job, databases, name, seen)
	}
	return w.rest(ctx, job, name, seen, state)
}

// exercise looks, and changes nothing.
func (w WorkProtect) exercise(ctx context.Context, job Job) (Progress, error) {
	var checks []recovery.CheckResult
	var missing []string
	note := func(name, why string, err error) {
		if err != nil {
			why = err.Error()
		}
		checks = append(checks, recovery.CheckResult{Name: name, Passed: why == "", Says: why})
		if why != "" {
			missing = append(missing, name+": "+why)
		}
	}
	if w.ruled(job) {
		why, err := w.Rules.Missing(ctx)
		note("rules that back up what was recovered", why, err)
	}
	why, err := w.Topics.Missing(ctx, w.Names.PagesARN())
	note("topic of the alarms", why, err)
	result := recovery.Result{
		Says: "what protects a recovered database is there", Checks: checks,
		Unproven: "an exercise protects nothing: that backups and alarms of " + job.Step.Spec.Database + " can be switched on was not shown",
	}
	name, id := "what is recovered of "+job.Step.Spec.Database, job.Database.Replica
	if t := job.Database.Target; t != nil {
		id = t.Identifier
	}
	arn := w.Names.ARN("rds", "db:"+id)
	vault, deviation := w.copies(ctx, job, name, arn)
	result.Deviation = deviation
	if vault.Name != "" {
		result.Unproven += ", nor that copies of its backups come to " + saysOf(vault)
	}
	if len(missing) > 0 {
		result.Says = "not there: " + strings.Join(missing, "; ")
		return Progress{Result: &result}, &drill.Error{Name: drill.ProtectionFailed, What: result.Says, Hint: "deploy lifeboat again: see lifeboat doctor --world aws"}
	}
	return doneWith(result)
}

// backups switches the automated ones on. They are on when the database says so: the
// first takes its time.
func (w WorkProtect) backups(ctx context.Context, job Job, databases Protecteds, name string, seen drill.Recovered) (Progress, error) {
	soFar := &recovery.Result{Says: "switching the backups of " + name + " on", Resources: []recovery.Resource{{Kind: "rds:db", ID: name, ARN: seen.ARN}}}
	err := databases.Protect(ctx, markOf(job.Run), job.Database.Drill, name, daysOf(job))
	if drill.NameOf(err) == drill.NotReady {
		return againAt(protecting{}, job.Now.Add(promotionEvery), soFar)
	}
	if err != nil {
		return Progress{Result: soFar}, step.Named(drill.ProtectionFailed, err, "switching the backups of %s on", name)
	}
	return againAt(protecting{Switched: true}, job.Now, soFar)
}

// rest is the first backup and the alarms, each of which may be asked for again.
func (w WorkProtect) rest(ctx context.Context, job Job, name string, seen drill.Recovered, state protecting) (Progress, error) {
	if seen.BackupDays < 1 {
		return Progress{}, &drill.Error{
			Name: drill.ProtectionFailed, What: name + " keeps no automated backups any more: somebody switched them off", Hint: "CloudTrail says who (ModifyDBInstance); retry the step",
		}
	}
	result := recovery.Result{
		Says:      fmt.Sprintf("%s keeps automated backups for %d days", name, seen.BackupDays),
		Resources: []recovery.Resource{{Kind: "rds:db", ID: name, ARN: seen.ARN}},
	}
	alarms := w.alarms(job, name, seen)
	if state.Watched == nil {
		if again, err := w.begin(ctx, job, name, seen, &state); again != nil || err != nil {
			if err == nil {
				return againAt(state, *again, &result)
			}
			return Progress{Result: &result}, err
		}
		for _, alarm := range alarms {
			if err := w.Alarms.Watch(ctx, alarm); err != nil {
				return Progress{Result: &result}, step.Named(drill.ProtectionFailed, err, "making the alarm %s", alarm.Name)
			}
			result.Resources = append(result.Resources, w.made(alarm))
		}
		state.Watched = &job.Now
	} else {
		for _, alarm := range alarms {
			result.Resources = append(result.Resources, w.made(alarm))
		}
	}
	result.Says += "; alarms watch it"
	vault, deviation := w.copies(ctx, job, name, seen.ARN)
	result.Deviation = deviation
	if vault.Name != "" {
		result.Unproven = fmt.Sprintf("backups of %s are copied to %s once that region is back: not proved until a copy is there", name, saysOf(vault))
	}
	if !w.ruled(job) {
		return doneWith(result)
	}
	return w.first(ctx, job, name, state, result)
}

func (w WorkProtect) made(alarm drill.RecoveredAlarm) recovery.Resource {
	return recovery.Resource{Kind: ResourceAlarm, ID: alarm.Name, ARN: w.Names.ARN("cloudwatch", "alarm:"+alarm.Name)}
}

// ruled tells whether the recovery region has rules that back the database up.
func (w WorkProtect) ruled(job Job) bool { return w.Rules != nil && w.Ruled[job.Step.Spec.Database] }

// copies are where to backups of a recovered database are copied by the rules, else what
// deviates from that. Nothing of it keeps a recovery from going on: the look is at the
// rules, and never at the region that was left.
func (w WorkProtect) copies(ctx context.Context, job Job, name, arn string) (to deployed.Vault, deviation string) {
	vault, wanted := w.Copied[job.Step.Spec.Database]
	if !w.ruled(job) || !wanted {
		return deployed.Vault{}, w.without(job, name)
	}
	copied, err := w.Rules.Copied(ctx, arn, vault.ARN())
	switch {
	case err != nil:
		return deployed.Vault{}, fmt.Sprintf("whether backups of %s are copied to %s is not known: %s", name, saysOf(vault), cut(err.Error()))
	case !copied:
		return deployed.Vault{}, fmt.Sprintf("backups of %s stay in this region: the rules there are make no copies of them to %s; deploy lifeboat again", name, saysOf(vault))
	}
	return vault, ""
}

func saysOf(v deployed.Vault) string { return "vault " + v.Name + " in " + v.Region }

// without is what a recovered database lacks of what its source had, where the plan
// names no place that copies of its backups could go to.
func (w WorkProtect) without(job Job, name string) string {
	if !w.ruled(job) {
		return "the plan has lifeboat manage no backups of " + job.Step.Spec.Database + ": " + name + " has its automated backups only, and no copies"
	}
	return "backups of " + name + " stay in this region: no copies of them are made until the plan names where to"
}

// begin asks for the first backup by the rules, once. again: not yet, until then.
func (w WorkProtect) begin(ctx context.Context, job Job, name string, seen drill.Recovered, state *protecting) (again *time.Time, err error) {
	if !w.ruled(job) || state.Job != "" {
		return nil, nil //nolint:nilnil // there is nothing to wait for
	}
	why, err := w.Rules.Missing(ctx)
	if err == nil && why != "" {
		err = &drill.Error{Name: drill.ProtectionFailed, What: why, Hint: "deploy lifeboat again"}
	}
	if err == nil {
		state.Job, err = w.Rules.BackUp(ctx, seen.ARN, tokenOf(job), daysOf(job))
	}
	if drill.NameOf(err) == drill.NotReady {
		at := job.Now.Add(time.Minute)
		return &at, nil
	}
	if err != nil {
		return nil, step.Named(drill.ProtectionFailed, err, "backing %s up", name)
	}
	return nil, nil //nolint:nilnil // likewise
}

// first looks whether the first backup by the rules begins: what is not over after a
// while is not proved.
func (w WorkProtect) first(ctx context.Context, job Job, name string, state protecting, result recovery.Result) (Progress, error) {
	backup, err := w.Rules.BackedUp(ctx, state.Job)
	switch {
	case err != nil:
		return Progress{Result: &result}, step.Named(drill.ProtectionFailed, err, "looking at the first backup of %s", name)
	case backup.Failed:
		return Progress{Result: &result}, &drill.Error{
			Name: drill.ProtectionFailed, What: fmt.Sprintf("the first backup of %s, job %s, is %s%s", name, state.Job, backup.State, after(cut(backup.Why))),
			Hint: "see to what it says, and retry the step: it asks for another one",
		}
	case backup.Done:
		result.Says += fmt.Sprintf("; the rules of the recovery region back it up, and its first backup, job %s, is there", state.Job)
		return doneWith(result)
	}
	says := fmt.Sprintf("its first backup by the rules of the recovery region, job %s, is %s", state.Job, backup.State)
	next := job.Now.Add(firstBackupEvery)
	end := job.endsAt()
	if !backup.Begun && job.Now.Sub(*state.Watched) < firstBackup && (end.IsZero() || next.Before(end)) {
		result.Says += "; " + says
		return againAt(state, next, &result)
	}
	result.Says += "; the rules of the recovery region back it up"
	unproven := says + ", and nobody waited for its end: look whether it comes to COMPLETED"
	if result.Unproven != "" {
		unproven += "; " + result.Unproven
	}
	result.Unproven = unproven
	return doneWith(result)
}

// alarms of every recovered database, whatever else the team watches: it is full
// soon, it says nothing any more.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
func (w WorkProtect) alarms(job Job, name string, seen drill.Recovered) []drill.RecoveredAlarm {
	const gib, tenth = 1 << 30, 0.1
	base := drill.RecoveredAlarm{Database: name, PeriodSeconds: 300, Periods: 3, Topic: w.Names.PagesARN(), Tags: tagsOf(job)}
	full, silent := base, base
	full.Name, full.Metric, full.Statistic = w.Names.RecoveredAlarm(name, "storage"), "FreeStorageSpace", "Minimum"
	full.Below = tenth * gib * float64(max(seen.StorageGiB, 1))
	full.Description = fmt.Sprintf("Less than a tenth of the storage of %s, which a failover recovered, is free: give it more before it is full.", name)
	silent.Name, silent.Metric, silent.Statistic = w.Names.RecoveredAlarm(name, "silent"), "CPUUtilization", "SampleCount"
	silent.Below, silent.SilenceIsBad = 1, true
	silent.Description = fmt.Sprintf("%s, which a failover recovered, tells no figures any more: it is stopped, gone, or does not work.", name)
	return []drill.RecoveredAlarm{full, silent}
}

// recoveredName is the instance that the run recovered.
func recoveredName(job Job) (string, error) {
	if recovered := job.Recovered(); recovered != nil {
		for _, r := range recovered.Resources {
			if r.Kind == "rds:db" {
				return r.ID, nil
			}
		}
	}
	return "", &drill.Error{
		Name: drill.ProtectionFailed, What: fmt.Sprintf("step %s: this run recovered no database %s", job.Step.Node.ID, job.Step.Spec.Database),
		Hint: "the step that recovers it was skipped: switch its backups on by hand, and skip this one too",
	}
}

func daysOf(job Job) int {
	if t := job.Database.Target; t != nil && t.BackupDays > 0 {
		return t.BackupDays
	}
	return defaultBackupDays
}

// tokenOf is the same for every call of one attempt of a step. The next attempt has
// another: with the same one AWS Backup would name the job again that failed.
func tokenOf(job Job) string {
	return fmt.Sprintf("%s-%d", ThrowawayOf(job.Run, job.Step.Node.ID), job.Step.Status.Attempt)
}
