package protection_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

const (
	resource   = "arn:aws:rds:eu-west-1:111122223333:db:orders-prod"
	vaultKey   = "arn:aws:kms:eu-central-1:111122223333:key/copies"
	continuous = "arn:aws:backup:eu-west-1:111122223333:recovery-point:continuous:db-1"
	h          = time.Hour
	d          = 24 * h
)

var (
	backups   = deployed.Vault{Name: "lifeboat-prod", Account: "111122223333", Region: "eu-west-1", Ours: true}
	copyVault = deployed.Vault{Name: "lifeboat-prod-copies", Account: "111122223333", Region: "eu-central-1", Ours: true}
	yes, no   = true, false
)

func rule(name string, copied *bool) plan.BackupRule {
	return plan.BackupRule{Name: name, Copy: copied, Retention: plan.Duration(35 * d), CopyRetention: plan.Duration(35 * d)}
}

func subject(rules ...plan.BackupRule) protection.Subject {
	return protection.Subject{
		Deployment: "prod", Workload: "orders", Database: "a", Resource: resource, Scenario: plan.ScenarioRegionLoss, Backups: backups, Copies: copyVault, Logs: 10 * time.Minute,
		Policy: budget.Policy{Managed: true, Rules: rules, BackupAge: 3 * h, CopyAge: 4 * h, ReplicationLag: 20 * time.Minute},
	}
}

// world is an account in which everything is well.
type world struct {
	subject protection.Subject
	seen    protection.Seen
}

func point(vault deployed.Vault, name string, ago time.Duration) protection.Point {
	return protection.Point{
		ARN: "arn:aws:rds:" + vault.Region + ":111122223333:snapshot:awsbackup:" + name, Resource: resource, ResourceType: "RDS", Vault: vault.ARN(), Rule: "hourly",
		Status: "COMPLETED", Created: noon.Add(-ago), Completed: noon.Add(-ago + 20*time.Minute), Deletes: noon.Add(-ago + 35*d), Encrypted: true, Key: vaultKey,
	}
}

func well() *world {
	w := &world{subject: subject(rule("hourly", &yes)), seen: protection.Seen{
		Asked: map[protection.Part]bool{protection.CopyPoints: true, protection.CopyVault: true, protection.Replicated: true}, Gaps: map[protection.Part]drill.Finding{},
		Jobs: map[string][]protection.Job{}, CopyJob: map[string][]protection.Copy{}, Backups: map[string][]protection.Point{}, Copies: map[string][]protection.Point{},
		BackupVault: protection.Vault{There: true, Made: noon.Add(-90 * d), Locked: true, DeniesDeletion: true},
		CopyVault:   protection.Vault{There: true, Made: noon.Add(-90 * d), Locked: true, DeniesDeletion: true, Key: vaultKey},
		OptedIn:     map[string]bool{"RDS": true}, Events: map[string]bool{},
		Native:     map[string]protection.Window{resource: {Latest: noon.Add(-5 * time.Minute), Retention: 7}},
		Replicated: map[string]protection.Window{resource: {Latest: noon.Add(-15 * time.Minute), Retention: 7}},
	}}
	for _, part := range protection.InPrimary {
		w.seen.Asked[part] = true
	}
	for i := range 30 {
		ago := time.Duration(i)*h + 2*h
		name := noon.Add(-ago).Format("0215")
		b, c := point(backups, name, ago), point(copyVault, name, ago)
		w.seen.Backups[resource], w.seen.Copies[resource] = append(w.seen.Backups[resource], b), append(w.seen.Copies[resource], c)
		w.seen.Jobs[resource] = append(w.seen.Jobs[resource], protection.Job{
			ID: "job-" + name, Resource: resource, ResourceType: "RDS", Vault: backups.ARN(), Point: b.ARN, Rule: "hourly", State: "COMPLETED", Category: "SUCCESS", Created: b.Created, Completed: b.Completed,
		})
		w.seen.CopyJob[resource] = append(w.seen.CopyJob[resource], protection.Copy{
			ID: "copy-" + name, Resource: resource, From: backups.ARN(), To: copyVault.ARN(), Point: b.ARN, Rule: "hourly", State: "COMPLETED", Created: b.Completed, Completed: b.Completed.Add(30 * time.Minute),
		})
	}
	return w
}

func (w *world) jobs() []protection.Job      { return w.seen.Jobs[resource] }
func (w *world) copyJobs() []protection.Copy { return w.seen.CopyJob[resource] }
func (w *world) points() []protection.Point  { return w.seen.Backups[resource] }
func (w *world) copies() []protection.Point  { return w.seen.Copies[resource] }
func (w *world) judge() protection.Judgement { return protection.Judge(noon, w.subject, &w.seen) }
func (w *world) deaf(parts ...protection.Part) {
	for _, part := range parts {
		w.seen.Asked[part] = false
		w.seen.Gaps[part] = drill.Finding{Severity: drill.Warning, Code: protection.Unknown, What: string(part)}
	}
}

// continuously makes the rule continuous, with a recovery point in a status.
func (w *world) continuously(status string, since time.Duration) {
	w.subject.Policy.Rules[0].Continuous, w.subject.Policy.Rules[0].Copy = true, &no
	w.seen.Backups[resource] = append(w.points(), protection.Point{ARN: continuous, Resource: resource, Vault: backups.ARN(), Status: status, Created: noon.Add(-since), Completed: noon.Add(-since), Continuous: true, Encrypted: true})
	for i := range w.jobs() {
		w.jobs()[i].Point = continuous
	}
}

func codes(list []drill.Finding) []string {
	var found []string
	for _, f := range list {
		found = append(found, f.Code)
	}
	slices.Sort(found)
	return found
}

func TestJudge(t *testing.T) {
	tests := map[string]struct {
		reason string
		change func(w *world)
		want   []string
	}{
		"well": {"nothing is said of what is well", func(*world) {}, nil},
		"one by hand": {"a job of no rule is nobody's promise", func(w *world) {
			w.seen.Jobs[resource] = append([]protection.Job{{ID: "x", State: "FAILED", Created: noon}}, w.jobs()...)
		}, nil},
		"running": {"what is under way is judged when it ended", func(w *world) {
			w.jobs()[0].State, w.copyJobs()[0].State = "RUNNING", "RUNNING"
			w.copyJobs()[0].Completed = time.Time{}
		}, nil},
		"failed":           {"", func(w *world) { w.jobs()[0].State = "FAILED" }, []string{protection.JobFailed}},
		"aborted":          {"", func(w *world) { w.jobs()[0].State = "ABORTED" }, []string{protection.JobFailed}},
		"expired":          {"neither failed nor done", func(w *world) { w.jobs()[0].State = "EXPIRED" }, []string{protection.JobExpired}},
		"expired, then ok": {"the next one of an hourly rule ends minutes later: an hour is time to hear of it", func(w *world) { w.jobs()[1].State, w.jobs()[1].Completed = "EXPIRED", noon.Add(-h) }, []string{protection.JobExpired}},
		"one snapshot":     {"the second job of the day is done with the first one's", func(w *world) { w.jobs()[0].Point = w.jobs()[1].Point }, []string{protection.SnapshotsOncePerDay}},
		"failed, then ok":  {"the newest of a rule counts", func(w *world) { w.jobs()[1].State = "FAILED" }, nil},
		"part of a job":    {"", func(w *world) { w.jobs()[0].State = "PARTIAL" }, []string{protection.PartialPoint}},
		"new state":        {"nothing is concluded from what nobody knows, and it is said", func(w *world) { w.jobs()[0].State = "PONDERING" }, []string{protection.Undecided}},
		"with issues":      {"done is not done without a message", func(w *world) { w.jobs()[0].Category, w.jobs()[0].Message = "ISSUE", "something" }, []string{protection.WithIssues}},
		"objects": {"", func(w *world) {
			w.jobs()[0].Message = "Completed with issues: 3 objects could not be backed up"
		}, []string{protection.ObjectsMissing}},
		"not air-gapped, by the job": {"", func(w *world) { w.jobs()[0].Message = "not supported by logically air-gapped vaults" }, []string{protection.NotInAirGappedVault}},
		"fallback, by the job":       {"", func(w *world) { w.jobs()[0].Message = "Enabling continuous backup failed" }, []string{protection.FallbackSnapshot}},
		"nothing matched":            {"no job, so none failed", func(w *world) { clear(w.seen.Jobs) }, []string{protection.NothingMatched}},
		"matched no more":            {"the last job is older than the schedule allows", func(w *world) { w.seen.Jobs[resource] = w.jobs()[27:] }, []string{protection.NothingMatched}},
		"opted out":                  {"the same with its cause", func(w *world) { clear(w.seen.Jobs); w.seen.OptedIn["RDS"] = false }, []string{protection.OptedOut}},
		"opt-ins are deaf":           {"nothing is concluded from what could not be asked", func(w *world) { clear(w.seen.Jobs); w.deaf(protection.OptIns) }, []string{protection.NothingMatched, protection.Unknown}},
		"new": {"the first job is still to come", func(w *world) {
			clear(w.seen.Jobs)
			clear(w.seen.CopyJob)
			clear(w.seen.Backups)
			clear(w.seen.Copies)
			w.seen.BackupVault.Made, w.seen.CopyVault.Made = noon.Add(-h), noon.Add(-h)
		}, nil},
		"jobs are deaf": {"none listed is not none", func(w *world) { clear(w.seen.Jobs); w.deaf(protection.Jobs) }, []string{protection.Unknown}},
		"another vault": {"", func(w *world) { w.jobs()[0].Vault = copyVault.ARN() }, []string{protection.Misplaced}},
		"not there": {"the job says it lies there, and it does not", func(w *world) {
			w.seen.Backups[resource] = w.points()[1:]
			w.seen.CopyJob[resource] = w.copyJobs()[1:]
			w.seen.Copies[resource] = w.copies()[1:]
		},
			[]string{protection.Misplaced}},
		"copied elsewhere": {"", func(w *world) { w.copyJobs()[0].To = backups.ARN() }, []string{protection.Misplaced}},
		"partial point":    {"", func(w *world) { w.points()[0].Status = "PARTIAL" }, []string{protection.PartialPoint}},
		"partial copy":     {"", func(w *world) { w.copies()[0].Status = "PARTIAL" }, []string{protection.PartialPoint}},
		"new status":       {"", func(w *world) { w.points()[0].Status = "PONDERING" }, []string{protection.Undecided}},
		"short-lived":      {"", func(w *world) { w.points()[0].Deletes = w.points()[0].Created.Add(34 * d) }, []string{protection.ShortLived}},
		"short-lived copy": {"", func(w *world) { w.copies()[0].Deletes = w.copies()[0].Created.Add(d) }, []string{protection.ShortLived}},
		"kept for ever":    {"", func(w *world) { w.points()[0].Deletes = time.Time{} }, nil},
		"open copy":        {"", func(w *world) { w.copies()[0].Encrypted, w.copies()[0].Key = false, "" }, []string{protection.ForeignKey}},
		"the source's key": {"it is lost with the source", func(w *world) { w.copies()[0].Key = "arn:aws:kms:eu-west-1:111122223333:key/orders" }, []string{protection.ForeignKey}},
		"another key":      {"", func(w *world) { w.copies()[0].Key = "arn:aws:kms:eu-central-1:111122223333:key/other" }, []string{protection.ForeignKey}},
		"key of nobody asks": {"the vault is deaf: its region and account are known all the same", func(w *world) {
			w.deaf(protection.CopyVault)
			w.copies()[0].Key = "arn:aws:kms:eu-central-1:444455556666:key/x"
		}, []string{protection.ForeignKey, protection.Unknown}},
		"copy failed": {"", func(w *world) { w.copyJobs()[0].State = "FAILED" }, []string{protection.CopyFailed}},
		"copy is retried": {"nothing failed", func(w *world) {
			w.copyJobs()[0].State, w.copyJobs()[0].Created, w.copyJobs()[0].Completed = "RUNNING", noon.Add(-3*h), time.Time{}
		}, []string{protection.CopyRetried}},
		"copy took long":  {"it came, and late", func(w *world) { w.copyJobs()[1].Created = w.copyJobs()[1].Completed.Add(-3 * h) }, []string{protection.CopyRetried}},
		"no copy job":     {"", func(w *world) { w.seen.CopyJob[resource] = w.copyJobs()[1:]; w.seen.Copies[resource] = w.copies()[1:] }, []string{protection.CopyNeverBegan}},
		"copied by hand":  {"there is a copy of that moment", func(w *world) { w.seen.CopyJob[resource] = w.copyJobs()[1:] }, nil},
		"no copies":       {"", func(w *world) { clear(w.seen.Copies) }, []string{protection.NoCopy}},
		"copies are deaf": {"", func(w *world) { clear(w.seen.Copies); w.deaf(protection.CopyPoints) }, []string{protection.Unknown}},
		"copies wait for completion": {"what is under way is no copy", func(w *world) {
			for i := range w.copies() {
				w.copies()[i].Status = "CREATING"
			}
		}, []string{protection.NoCopy}},

		"continuous":            {"", func(w *world) { w.continuously("AVAILABLE", 20*d) }, nil},
		"continuous, completed": {"", func(w *world) { w.continuously("COMPLETED", 20*d) }, nil},
		"stopped":               {"it can be restored from, and goes on no more", func(w *world) { w.continuously("STOPPED", 20*d) }, []string{protection.ContinuousStopped}},
		"stopped and anew": {"the next job made another one", func(w *world) {
			w.continuously("AVAILABLE", d)
			w.seen.Backups[resource] = append(w.points(), protection.Point{ARN: continuous + "0", Status: "STOPPED", Continuous: true})
		}, nil},
		"fell back": {"", func(w *world) { w.continuously("AVAILABLE", 20*d); w.jobs()[0].Point = w.points()[0].ARN }, []string{protection.FallbackSnapshot}},
		"first continuous backup waits": {"it falls back until a maintenance window passed: true, and said", func(w *world) {
			w.subject.Policy.Rules[0].Continuous, w.subject.Policy.Rules[0].Copy = true, &no
		}, []string{protection.FallbackSnapshot}},
		"never began": {"", func(w *world) {
			w.subject.Policy.Rules[0].Continuous, w.subject.Policy.Rules[0].Copy = true, &no
			old := w.jobs()[29]
			old.Created, old.Completed = noon.Add(-9*d), noon.Add(-9*d)
			w.seen.Jobs[resource] = append(w.jobs(), old)
		}, []string{protection.ContinuousNeverBegan}},
		"once per day": {"all jobs are done and make one snapshot", func(w *world) {
			daily := rule("daily", &no)
			daily.Continuous = true
			w.subject.Policy.Rules = append(w.subject.Policy.Rules, daily)
			w.seen.Backups[resource] = append(w.points()[:1:1], protection.Point{ARN: continuous, Status: "AVAILABLE", Completed: noon, Continuous: true})
			for i := range w.jobs() {
				w.jobs()[i].Point = w.points()[0].ARN
			}
		}, []string{protection.SnapshotsOncePerDay}},

		"air-gapped": {"", func(w *world) { w.subject.AirGapped, w.seen.CopyVault.AirGapped = true, true }, nil},
		"not in the air-gapped one": {"the job is done, and it lies in the ordinary vault only", func(w *world) {
			w.subject.AirGapped, w.seen.CopyVault.AirGapped = true, true
			clear(w.seen.Copies)
			w.subject.Policy.CopyAge = 0
			w.seen.BackupVault.Made = noon.Add(-90 * d)
		}, []string{protection.NotInAirGappedVault}},

		"native": {"", func(w *world) { w.subject.Policy.PointInTime = plan.PointInTimeNative }, nil},
		"native off": {"", func(w *world) {
			w.subject.Policy.PointInTime = plan.PointInTimeNative
			w.seen.Native[resource] = protection.Window{}
		}, []string{protection.PointInTimeOff}},
		"native behind": {"", func(w *world) {
			w.subject.Policy.PointInTime = plan.PointInTimeNative
			w.seen.Native[resource] = protection.Window{Latest: noon.Add(-h), Retention: 7}
		}, []string{protection.PointInTimeBehind}},
		"native is deaf": {"", func(w *world) {
			w.subject.Policy.PointInTime = plan.PointInTimeNative
			w.deaf(protection.Native)
			clear(w.seen.Native)
		}, []string{protection.Unknown}},
		"replicated":     {"", func(w *world) { w.subject.Policy.PointInTime = plan.PointInTimeReplicated }, nil},
		"not replicated": {"", func(w *world) { w.subject.Policy.PointInTime = plan.PointInTimeReplicated; clear(w.seen.Replicated) }, []string{protection.ReplicationOff}},
		"replica is deaf": {"", func(w *world) {
			w.subject.Policy.PointInTime = plan.PointInTimeReplicated
			w.deaf(protection.Replicated)
		}, []string{protection.Unknown}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := well()
			tc.change(w)
			if diff := cmp.Diff(tc.want, codes(w.judge().Findings)); diff != "" {
				t.Errorf("%s (-want +got):\n%s\n%+v", tc.reason, diff, w.judge().Findings)
			}
		})
	}
}

// A bucket that tags had backed up is judged as well.
func TestJudgeBucket(t *testing.T) {
	const bucket = "arn:aws:s3:::dumps"
	w := well()
	w.seen.Jobs[bucket] = []protection.Job{{ID: "s3", ResourceType: "S3", Resource: bucket, Vault: backups.ARN(), Point: continuous + "s3", Rule: "x", State: "COMPLETED", Message: "2 keys failed", Created: noon, Completed: noon}}
	w.seen.Backups[bucket] = []protection.Point{{ARN: continuous + "s3", Status: "AVAILABLE", Continuous: true}}
	p := plan.Plan{Deployment: "prod", Regions: &plan.Regions{Primary: "eu-west-1", Recovery: "eu-central-1"}, Backup: &plan.Backup{Manage: &yes, Tagged: map[string]string{"backup": "yes"}}}
	names := deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}
	tagged := protection.Tagged(p, names, []protection.Subject{w.subject}, &w.seen)
	if len(tagged) != 1 || tagged[0].Resource != bucket || !tagged[0].Bucket(&w.seen) {
		t.Fatalf("%+v", tagged)
	}
	w.seen.Events[bucket] = false
	if diff := cmp.Diff([]string{protection.NotificationsOff, protection.ObjectsMissing}, codes(protection.Judge(noon, tagged[0], &w.seen).Findings)); diff != "" {
		t.Error(diff)
	}
	w.seen.Events[bucket] = true
	if diff := cmp.Diff([]string{protection.ObjectsMissing}, codes(protection.Judge(noon, tagged[0], &w.seen).Findings)); diff != "" {
		t.Error(diff)
	}
	delete(w.seen.Events, bucket)
	w.seen.Gaps[protection.Buckets] = drill.Finding{Severity: drill.Warning, Code: protection.Unknown}
	if j := protection.Judge(noon, tagged[0], &w.seen); len(j.Unknown) != 1 {
		t.Errorf("what a bucket answers is unknown, and %v is", j.Unknown)
	}
	delete(w.seen.Jobs, bucket)
	if diff := cmp.Diff([]string{protection.NothingMatched}, codes(protection.JudgeTags(noon, p, protection.Tagged(p, names, []protection.Subject{w.subject}, &w.seen), &w.seen))); diff != "" {
		t.Errorf("tags that match nothing: %s", diff)
	}
}

func TestHeadrooms(t *testing.T) {
	tests := map[string]struct {
		reason            string
		change            func(w *world)
		copy, replication time.Duration // -1: there is none
	}{
		"well":              {"4h of the schedule and half an hour, less the two hours since the data", func(*world) {}, 2*h + 30*time.Minute, -1},
		"a late completion": {"the age counts from the data, however late the copy came", func(w *world) { w.copies()[0].Completed = noon }, 2*h + 30*time.Minute, -1},
		"under way":         {"the one before counts", func(w *world) { w.copies()[0].Completed, w.copies()[0].Status = time.Time{}, "CREATING" }, h + 30*time.Minute, -1},
		"partial":           {"what is not whole is none", func(w *world) { w.copies()[0].Status = "PARTIAL" }, h + 30*time.Minute, -1},
		"expired":           {"", func(w *world) { w.copies()[0].Status = "EXPIRED" }, h + 30*time.Minute, -1},
		"no completion":     {"AWS says COMPLETED and no date", func(w *world) { w.copies()[0].Completed = time.Time{} }, h + 30*time.Minute, -1},
		"none":              {"a breach, not a gap", func(w *world) { clear(w.seen.Copies) }, -(4*h + 30*time.Minute) - d, -1},
		"new":               {"counts from when the vault was made", func(w *world) { clear(w.seen.Copies); w.seen.CopyVault.Made = noon.Add(-h) }, 3*h + 30*time.Minute, -1},
		"deaf":              {"nothing is said of what nobody knows", func(w *world) { w.deaf(protection.CopyPoints) }, -1, -1},
		"not copied":        {"", func(w *world) { w.subject.Policy.Rules[0].Copy = &no }, -1, -1},
		"replicated":        {"", func(w *world) { w.subject.Policy.PointInTime = plan.PointInTimeReplicated }, 2*h + 30*time.Minute, 35 * time.Minute},
		"replicated late": {"", func(w *world) {
			w.subject.Policy.PointInTime = plan.PointInTimeReplicated
			w.seen.Replicated[resource] = protection.Window{Latest: noon.Add(-h)}
		}, 2*h + 30*time.Minute, -10 * time.Minute},
		"not replicated": {"", func(w *world) { w.subject.Policy.PointInTime = plan.PointInTimeReplicated; clear(w.seen.Replicated) }, 2*h + 30*time.Minute, -50*time.Minute - d},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := well()
			tc.change(w)
			j := w.judge()
			for what, pair := range map[string]struct {
				got  *time.Duration
				want time.Duration
			}{"copy": {j.CopyHeadroom, tc.copy}, "replication": {j.ReplicationHeadroom, tc.replication}} {
				if (pair.got == nil) != (pair.want == -1) || pair.got != nil && *pair.got != pair.want {
					t.Errorf("%s: %s is %v, not %s", tc.reason, what, pair.got, pair.want)
				}
			}
		})
	}
}

// Another account is not asked: that counts only where nothing that lies here
// survives the scenario.
func TestAnotherAccount(t *testing.T) {
	for scenario, want := range map[string]int{plan.ScenarioRegionLoss: 0, plan.ScenarioAccountLoss: 0, plan.ScenarioOperatorError: 5} {
		w := well()
		w.subject.Scenario = scenario
		for _, part := range protection.InPrimary {
			w.seen.Asked[part] = false
			w.seen.Gaps[part] = drill.Finding{Severity: drill.Info, Code: protection.OtherAccount}
		}
		j := w.judge()
		if len(j.Unknown) != want || !slices.Contains(codes(j.Findings), protection.OtherAccount) || *j.CopyHeadroom <= 0 {
			t.Errorf("%s: %v, %v", scenario, j.Unknown, j.Findings)
		}
	}
}

func TestEveryFindingSaysWhatToDo(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range append(protection.SilentSuccesses(), protection.Said()...) {
		if s.Code == "" || s.Says == "" || s.Do == "" || s.Source == "" || seen[s.Code] {
			t.Errorf("%+v", s)
		}
		seen[s.Code] = true
	}
}

// The tags of a plan are backed up, and copied, by the rules that the stack gives
// them: derived ones too.
func TestTaggedIsJudgedByItsRules(t *testing.T) {
	names := deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}
	for reason, rules := range map[string][]plan.BackupRule{
		"derived": nil, "declared, with every default": {{Name: "daily", Schedule: "cron(0 5 * * ? *)"}},
	} {
		p := managed()
		p.Backup.Tagged, p.Backup.Rules = map[string]string{"Backup": "yes"}, rules
		w := well()
		list := protection.Tagged(p, names, nil, &w.seen)
		if len(list) != 1 || len(list[0].Policy.Rules) == 0 {
			t.Errorf("%s: %+v", reason, list)
			continue
		}
		w.subject = list[0]
		w.subject.Policy.Rules[0].Name = "hourly" // as the world's
		w.seen.CopyJob[resource] = []protection.Copy{{ID: "copy", Resource: resource, To: copyVault.ARN(), Point: "point", Rule: "hourly", State: "FAILED", Created: noon.Add(-h), Completed: noon.Add(-h)}}
		if got := codes(w.judge().Findings); !slices.Contains(got, protection.CopyFailed) {
			t.Errorf("%s: its copy failed, and %v", reason, got)
		}
		w.deaf(protection.CopyJobs)
		if got := w.judge().Unknown; !slices.Contains(got, protection.CopyJobs) {
			t.Errorf("%s: nobody knows of its copies, and %v", reason, got)
		}
	}
}

// A rule that runs seldom leaves no job that AWS still lists; one whose schedule says
// nothing of when there must be a backup passes nothing by.
func TestSeldomRules(t *testing.T) {
	monthly := func(newest time.Duration) *world {
		w := well()
		w.subject.Policy.BackupAge, w.subject.Policy.CopyAge = 33*d, 33*d
		w.seen.Jobs, w.seen.CopyJob = nil, nil
		w.seen.Backups[resource], w.seen.Copies[resource] = []protection.Point{point(backups, "1", newest)}, []protection.Point{point(copyVault, "1", newest)}
		return w
	}
	if got := protection.PointsLookback([]protection.Subject{monthly(0).subject}); got < 33*d {
		t.Errorf("recovery points of %s are looked for, and the newest is as old as 33 days", got)
	}
	for name, tc := range map[string]struct {
		world *world
		want  []string
	}{
		"within its month": {monthly(31 * d), nil},
		"passed by":        {monthly(40 * d), []string{protection.NothingMatched}},
		"yearly": {func() *world {
			w := monthly(300 * d)
			w.subject.Policy.BackupAge, w.subject.Policy.CopyAge = 0, 0
			return w
		}(), nil},
	} {
		got := codes(tc.world.judge().Findings)
		got = slices.DeleteFunc(got, func(code string) bool { return code == protection.ShortLived || code == protection.NoCopy })
		if !slices.Equal(tc.want, got) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// A large database is copied for hours, and the plan may say so: that is no retry.
func TestSlowCopiesThatThePlanDeclares(t *testing.T) {
	for declared, want := range map[time.Duration]bool{0: true, 5 * h: false, 2 * h: true} {
		w := well()
		w.subject.Copying = declared
		w.copyJobs()[0].Created = noon.Add(-5 * h)
		w.copyJobs()[0].Completed = w.copyJobs()[0].Created.Add(4 * h)
		if got := slices.Contains(codes(w.judge().Findings), protection.CopyRetried); got != want {
			t.Errorf("a copy of 4 h where the plan says %s: %t", declared, got)
		}
	}
	p := managed()
	p.Workloads[0].Assumptions.Copy = plan.Duration(3 * h)
	if s := protection.Subjects(p, deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}); s[0].Copying != 3*h {
		t.Errorf("%+v", s)
	}
}

// A copy that is not encrypted is one by itself, whatever is known of its vault.
func TestUnencryptedCopies(t *testing.T) {
	w := well()
	w.deaf(protection.CopyVault)
	w.copies()[0].Encrypted, w.copies()[0].Key = false, ""
	if got := codes(w.judge().Findings); !slices.Contains(got, protection.ForeignKey) {
		t.Errorf("%v", got)
	}
}
