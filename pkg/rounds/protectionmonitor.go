package rounds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// BackupJobs are what AWS Backup did where the databases are, by the ARN of the
// resource, newest first.
type BackupJobs interface {
	Jobs(ctx context.Context, since time.Time) (map[string][]protection.Job, error)
	CopyJobs(ctx context.Context, since time.Time) (map[string][]protection.Copy, error)
	OptedIn(ctx context.Context) (map[string]bool, error)
}

// Vaults are the backup vaults of one account and region.
type Vaults interface {
	Vault(ctx context.Context, name string) (protection.Vault, error)
	// Points since the zero time are all.
	Points(ctx context.Context, vault string, since time.Time) (map[string][]protection.Point, error)
}

// Automated are the automated backups of instances, by region.
type Automated interface {
	Native(ctx context.Context, region string) (map[string]protection.Window, error)
	Replicated(ctx context.Context, region string) (map[string]protection.Window, error)
}

// BucketEvents tells whether a bucket sends its events to EventBridge.
type BucketEvents interface {
	SendsEvents(ctx context.Context, bucket string) (bool, error)
}

// ProtectionMonitor publishes how databases are really backed up, against the
// policy of the plan. It changes nothing and remembers nothing.
//
// What could not be asked is a figure and a finding, and no failure of the round. A
// plan without a policy is judged in nothing: only that it ran is published.
type ProtectionMonitor struct {
	Names         deployed.Names
	Plan          plan.Plan // normalised
	Jobs          BackupJobs
	Primary, Home Vaults // where the databases are; where lifeboat is
	Automated     Automated
	Buckets       BucketEvents // where the databases are
	Metrics       step.MetricSink
	Clock         step.Clock
}

// ProtectionMonitorIn is the schedule's event, of which nothing is needed.
type ProtectionMonitorIn struct{}

// ProtectionMonitorOut says how much there was.
type ProtectionMonitorOut struct {
	Databases int `json:"databases"`
	Published int `json:"published"` // metrics
	// Findings are what is to be said, the same of many databases once. Left is how
	// many more there are.
	Findings []Warned `json:"findings,omitempty"`
	Left     int      `json:"left,omitempty"`
}

// Handle looks once. Errors: MetricsFailed.
func (s ProtectionMonitor) Handle(ctx context.Context, _ ProtectionMonitorIn) (ProtectionMonitorOut, error) {
	out, metrics := ProtectionMonitorOut{}, []drill.Metric{protection.RanFigure(s.Names.Deployment)}
	databases := protection.Subjects(s.Plan, s.Names)
	if s.Plan.Backup != nil || len(databases) > 0 {
		out, metrics = s.look(ctx, databases)
	}
	out.Published = len(metrics)
	if err := s.Metrics.Publish(ctx, metrics); err != nil {
		return out, step.Named(drill.MetricsFailed, err, "monitoring the protection of deployment %s: publishing %d metrics", s.Names.Deployment, len(metrics))
	}
	return out, nil
}

func (s ProtectionMonitor) look(ctx context.Context, databases []protection.Subject) (ProtectionMonitorOut, []drill.Metric) {
	now := s.Clock.Now()
	seen := s.see(ctx, now, databases)
	tagged := protection.Tagged(s.Plan, s.Names, databases, seen)
	s.seeBuckets(ctx, tagged, seen)
	general := append(protection.JudgeVaults(now, s.Plan, s.Names, seen), protection.JudgeTags(now, s.Plan, tagged, seen)...)
	var judgements []protection.Judgement
	for _, subject := range slices.Concat(databases, tagged) {
		judgements = append(judgements, protection.Judge(now, subject, seen))
	}
	general = append(general, protection.Unsaid(seen, judgements)...)
	var all warnings
	for _, f := range general {
		all.add(f)
	}
	for _, j := range judgements {
		all.of(j.Subject.Name(), j.Findings)
	}
	out := ProtectionMonitorOut{Databases: len(databases)}
	out.Findings, out.Left = first(all.list)
	return out, protection.Figures(s.Names.Deployment, judgements, general)
}

// see asks for what the databases need, first where lifeboat is: where the
// databases are, nobody may answer any more.
func (s ProtectionMonitor) see(ctx context.Context, now time.Time, databases []protection.Subject) *protection.Seen {
	seen, needed := &protection.Seen{Asked: map[protection.Part]bool{}, Gaps: map[protection.Part]drill.Finding{}}, protection.Needed(databases)
	backups, copies := s.Names.Vaults(s.Plan)
	needed[protection.BackupVault], needed[protection.CopyVault] = backups.Name != "", copies.Name != ""
	if s.Plan.Backup != nil && len(s.Plan.Backup.Tagged) > 0 {
		for _, part := range []protection.Part{protection.Jobs, protection.CopyJobs, protection.BackupPoints, protection.CopyPoints} {
			needed[part] = true
		}
	}
	all := databases
	if s.Plan.Backup != nil && len(s.Plan.Backup.Tagged) > 0 { // which resources these are, the jobs will tell
		all = append(slices.Clone(databases), protection.Subject{Policy: budget.Policy{Rules: s.Plan.Backup.Rules}})
	}
	since := now.Add(-protection.Lookback(all))
	pointsSince := now.Add(-protection.PointsLookback(all))
	copiesSince := pointsSince
	if protection.Continuous(all) {
		pointsSince = time.Time{}
	}
	bounded, cancel := spare(ctx)
	defer cancel()
	var lost error
	for _, read := range []struct {
		part protection.Part
		from func(ctx context.Context) error
	}{
		{protection.CopyVault, func(ctx context.Context) (err error) {
			seen.CopyVault, err = s.Home.Vault(ctx, copies.Name)
			return err
		}},
		{protection.CopyPoints, func(ctx context.Context) (err error) {
			seen.Copies, err = there(seen, protection.CopyVault, seen.CopyVault, func() (map[string][]protection.Point, error) { return s.Home.Points(ctx, copies.Name, copiesSince) })
			return err
		}},
		{protection.Replicated, func(ctx context.Context) (err error) {
			seen.Replicated, err = s.Automated.Replicated(ctx, s.Names.Region)
			return err
		}},
		{protection.BackupVault, func(ctx context.Context) (err error) {
			seen.BackupVault, err = s.Primary.Vault(ctx, backups.Name)
			return err
		}},
		{protection.BackupPoints, func(ctx context.Context) (err error) {
			seen.Backups, err = there(seen, protection.BackupVault, seen.BackupVault, func() (map[string][]protection.Point, error) { return s.Primary.Points(ctx, backups.Name, pointsSince) })
			return err
		}},
		{protection.Jobs, func(ctx context.Context) (err error) { seen.Jobs, err = s.Jobs.Jobs(ctx, since); return err }},
		{protection.CopyJobs, func(ctx context.Context) (err error) { seen.CopyJob, err = s.Jobs.CopyJobs(ctx, since); return err }},
		{protection.Native, func(ctx context.Context) (err error) {
			seen.Native, err = s.Automated.Native(ctx, s.Plan.Regions.Primary)
			return err
		}},
		{protection.OptIns, func(ctx context.Context) (err error) { seen.OptedIn, err = s.Jobs.OptedIn(ctx); return err }},
	} {
		primary := read.part.InPrimary()
		switch {
		case !needed[read.part],
			backups.Name == "" && (read.part == protection.BackupPoints || read.part == protection.BackupVault),
			copies.Name == "" && (read.part == protection.CopyPoints || read.part == protection.CopyVault):
			continue
		case primary && s.elsewhere():
			seen.Gaps[read.part] = s.otherAccount()
			continue
		case primary && lost != nil:
			seen.Gaps[read.part] = unknown(lost)
			continue
		}
		err := read.from(bounded)
		if seen.Asked[read.part] = err == nil; err != nil {
			seen.Gaps[read.part] = unknown(err)
		}
		if primary && drill.NameOf(err) == drill.Transient {
			lost = err // the others would wait as long for no answer
		}
	}
	return seen
}

// there lists what lies in a vault that is there.
func there(seen *protection.Seen, part protection.Part, v protection.Vault, list func() (map[string][]protection.Point, error)) (map[string][]protection.Point, error) {
	if seen.Knows(part) && !v.There {
		return nil, nil
	}
	return list()
}

func (s ProtectionMonitor) seeBuckets(ctx context.Context, tagged []protection.Subject, seen *protection.Seen) {
	seen.Events = map[string]bool{}
	var problems []error
	for _, subject := range tagged {
		if !subject.Bucket(seen) {
			continue
		}
		on, err := s.Buckets.SendsEvents(ctx, subject.Resource)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		seen.Events[subject.Resource] = on
	}
	if err := errors.Join(problems...); err != nil {
		seen.Gaps[protection.Buckets] = unknown(err)
	}
	seen.Asked[protection.Buckets] = true // of a bucket that did not answer nothing is known
}

// toPublish is what a round keeps of its time for what comes after the looks: a
// region that does not answer holds every call for as long as it can.
const toPublish = 45 * time.Second

func spare(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-toPublish))
}

// elsewhere tells whether the databases are another account's.
func (s ProtectionMonitor) elsewhere() bool {
	return cmp.Or(s.Plan.Owner(), s.Names.Account) != s.Names.Account
}

func unknown(err error) drill.Finding {
	return drill.Finding{
		Severity: drill.Warning, Code: protection.Unknown, What: err.Error(),
		Hint: cmp.Or(drill.HintOf(err), "whether it is well, nobody knows: see what keeps the function's role from asking"),
	}
}

func (s ProtectionMonitor) otherAccount() drill.Finding {
	return drill.Finding{
		Severity: drill.Info, Code: protection.OtherAccount,
		What: fmt.Sprintf("account %s is not asked for its backups in region %s: lifeboat runs in account %s", s.Plan.Owner(), s.Plan.Regions.Primary, s.Names.Account),
		Hint: "what comes to the vault of the copies is judged; look at the others in the account that owns them, with lifeboat doctor",
	}
}
