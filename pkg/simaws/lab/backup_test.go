package lab_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

const (
	primary = "eu-west-1"
	other   = "444455556666"
	role    = "arn:aws:iam::111122223333:role/backup"
)

// vaults is a cloud in which a database is backed up by AWS Backup.
type vaults struct {
	*lab.Cloud
	clock            *clock.Virtual
	database         *rds.Instance
	key, far, beyond string // keys: of the database, of the vaults of the copies in this account and in another
	plan             string
	told             []string // of jobs, copies and points
}

func newVaults(t *testing.T, o backup.Options, rules ...backup.Rule) *vaults {
	t.Helper()
	v := &vaults{clock: clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))}
	v.Cloud = lab.New(lab.Options{Options: simaws.Options{Clock: v.clock}, Backup: o})
	v.Bus.Subscribe(func(e events.Event) {
		state := strings.SplitN(string(e.Detail), `"state":"`, 2)
		if len(state) < 2 {
			state = strings.SplitN(string(e.Detail), `"status":"`, 2)
		}
		v.told = append(v.told, e.DetailType+" "+strings.SplitN(state[1], `"`, 2)[0])
	})
	v.key = v.KMS.AddKey(account, primary, kms.Key{ID: "source"})
	v.far, v.beyond = v.KMS.AddKey(account, region, kms.Key{ID: "far"}), v.KMS.AddKey(other, region, kms.Key{ID: "beyond"})
	v.database = v.RDS.AddInstance(account, primary, rds.Instance{
		Identifier: "orders", KMSKey: v.key, RetentionDays: 7, MaintenanceWindow: "sun:04:00-sun:04:30", Tags: []rds.Tag{{Key: "tier", Value: "gold"}},
	})
	v.Backup.SetVault(account, primary, backup.Vault{Name: "main", Key: v.key})
	v.Backup.SetVault(account, region, backup.Vault{Name: "far", Key: v.far})
	v.Backup.SetVault(other, region, backup.Vault{Name: "beyond", Key: v.beyond, Policy: []byte(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"backup:CopyIntoBackupVault","Resource":"*"}]}`)})
	var err error
	if v.plan, err = v.Backup.SetPlan(account, primary, backup.Plan{Name: "p", Rules: rules}); err != nil {
		t.Fatal(err)
	}
	v.selects(t, backup.Selection{Resources: []string{v.database.ARN}})
	return v
}

func (v *vaults) selects(t *testing.T, s backup.Selection) {
	t.Helper()
	s.ID, s.Name, s.Role = "s", "s", role
	if _, err := v.Backup.SetSelection(account, primary, v.plan, s); err != nil {
		t.Fatal(err)
	}
}

// jobs are the backup jobs so far: "03:00 hourly COMPLETED".
func (v *vaults) jobs() (list []string) {
	for _, j := range v.Backup.Jobs(account, primary) {
		list = append(list, fmt.Sprintf("%s %s %s", j.Created.Format("15:04"), j.By.RuleName, j.State))
	}
	return list
}

const farARN, beyondARN = "arn:aws:backup:eu-central-1:111122223333:backup-vault:far", "arn:aws:backup:eu-central-1:444455556666:backup-vault:beyond"

func rule(name, schedule string, change ...func(*backup.Rule)) backup.Rule {
	r := backup.Rule{Name: name, Vault: "main", Schedule: schedule, StartWindow: time.Hour, CompletionWindow: 4 * time.Hour, Lifecycle: backup.Lifecycle{DeleteAfterDays: 35}}
	for _, f := range change {
		f(&r)
	}
	return r
}

func copied(to string) func(*backup.Rule) {
	return func(r *backup.Rule) {
		r.Copies = append(r.Copies, backup.CopyAction{Vault: to, Lifecycle: backup.Lifecycle{DeleteAfterDays: 90}})
	}
}

func TestBackupAndCopyOnSchedule(t *testing.T) {
	v := newVaults(t, backup.Options{}, rule("every-4h", "cron(0 0/4 ? * * *)", copied(farARN)))
	v.clock.Advance(100 * time.Minute)
	if got := v.Backup.Arrived(account, primary, "main"); len(got) != 1 || got[0].ARN != "arn:aws:rds:eu-west-1:111122223333:snapshot:awsbackup:job-"+v.Backup.Jobs(account, primary)[0].ID {
		t.Fatalf("%+v", got)
	}
	at := time.Date(2026, 11, 2, 4, 0, 0, 0, time.UTC)
	var far *rds.Snapshot
	for _, s := range v.RDS.Snapshots(account, region) {
		if s.Type == "awsbackup" {
			far = s
		}
	}
	if far == nil || !far.DatabaseTime.Equal(at) || far.ResourceID != v.database.ResourceID || far.Instance != "orders" || far.KMSKey != v.far || far.Status != "available" {
		t.Fatalf("a drill finds the copy in RDS: %+v", far)
	}
	c := v.Backup.Arrived(account, region, "far")[0]
	if !c.Created.Equal(at) || !c.Completed.Equal(at.Add(37*time.Minute)) || !c.Delete.Equal(at.AddDate(0, 0, 90)) || c.SourceVault != "arn:aws:backup:eu-west-1:111122223333:backup-vault:main" {
		t.Errorf("its age counts from the source's creation: %+v", c)
	}
	want := []string{
		"Backup Job State Change CREATED", "Backup Job State Change RUNNING", "Backup Job State Change COMPLETED", "Recovery Point State Change COMPLETED",
		"Copy Job State Change CREATED", "Copy Job State Change RUNNING", "Copy Job State Change COMPLETED", "Recovery Point State Change COMPLETED",
	}
	if diff := cmp.Diff(want, v.told); diff != "" {
		t.Error(diff)
	}
	counted := map[string]float64{}
	for _, d := range v.Metrics.Datapoints() {
		if d.Namespace == "AWS/Backup" && d.Region == primary {
			counted[d.Metric] += d.Sum
		}
	}
	if counted["NumberOfBackupJobsCompleted"] != 1 || counted["NumberOfCopyJobsCompleted"] != 1 || counted["NumberOfBackupJobsFailed"] != 0 {
		t.Errorf("%v", counted)
	}
	v.clock.Advance(35 * 24 * time.Hour)
	if i := slices.IndexFunc(v.Backup.Arrived(account, primary, "main"), func(p *backup.Point) bool { return p.Created.Equal(at) }); i >= 0 {
		t.Error("it has expired after 35 days")
	}
	if len(v.Backup.Arrived(account, region, "far")) < 200 || len(v.RDS.Snapshots(account, primary)) > 215 {
		t.Errorf("%d copies, %d snapshots", len(v.Backup.Arrived(account, region, "far")), len(v.RDS.Snapshots(account, primary)))
	}
}

func TestJobsStartWithinTheirWindow(t *testing.T) {
	v := newVaults(t, backup.Options{Random: func() float64 { return 0.999 }}, rule("daily", "cron(0 4 ? * * *)"))
	v.clock.Advance(2 * time.Hour)
	if j := v.Backup.Jobs(account, primary)[0]; j.Started.Sub(j.Created) < 59*time.Minute || j.Started.Sub(j.Created) >= time.Hour {
		t.Errorf("started after %s", j.Started.Sub(j.Created))
	}
}

// The guide's own case: beside a rule every 12 hours with a window of 8 hours and
// a longer retention an hourly one does not run for these 8 hours.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html
func TestOverlappingRules(t *testing.T) {
	long := rule("12-hourly", "cron(0 0/12 ? * * *)", func(r *backup.Rule) {
		r.StartWindow, r.CompletionWindow, r.Lifecycle.DeleteAfterDays = 8*time.Hour, 24*time.Hour, 90
	})
	v := newVaults(t, backup.Options{}, rule("hourly", "cron(0 * ? * * *)"), long)
	v.clock.Advance(22*time.Hour + 30*time.Minute) // from 03:00 on
	want := []string{
		"08:00 hourly COMPLETED", "09:00 hourly COMPLETED", "10:00 hourly COMPLETED", "11:00 hourly COMPLETED", "12:00 12-hourly COMPLETED",
		"20:00 hourly COMPLETED", "21:00 hourly COMPLETED", "22:00 hourly COMPLETED", "23:00 hourly COMPLETED", "00:00 12-hourly COMPLETED",
	}
	if diff := cmp.Diff(want, v.jobs()); diff != "" {
		t.Error(diff)
	}
}

func TestMaintenanceWindow(t *testing.T) {
	v := newVaults(t, backup.Options{}, rule("hourly", "cron(0 * ? * SUN *)"))
	v.clock.Advance(6*24*time.Hour + 3*time.Hour)
	want := []string{"00:00 hourly COMPLETED", "01:00 hourly COMPLETED", "02:00 hourly COMPLETED", "03:00 hourly FAILED", "04:00 hourly FAILED", "05:00 hourly COMPLETED", "06:00 hourly RUNNING"}
	if diff := cmp.Diff(want, v.jobs()); diff != "" {
		t.Errorf("in the window and in the hour before it: %s", diff)
	}
}

func TestOneAtATime(t *testing.T) {
	v := newVaults(t, backup.Options{Behaviour: backup.Behaviour{Backup: 150 * time.Minute}}, rule("hourly", "cron(0 * ? * * *)"))
	v.clock.Advance(3*time.Hour + 59*time.Minute)
	want := []string{"04:00 hourly COMPLETED", "05:00 hourly EXPIRED", "06:00 hourly RUNNING"}
	if diff := cmp.Diff(want, v.jobs()); diff != "" {
		t.Error(diff)
	}
}

func TestBackupThatLastsTooLong(t *testing.T) {
	v := newVaults(t, backup.Options{Behaviour: backup.Behaviour{Backup: 5 * time.Hour}}, rule("daily", "cron(0 4 ? * * *)"))
	v.clock.Advance(6 * time.Hour)
	if got := v.jobs(); got[0] != "04:00 daily EXPIRED" || len(v.Backup.Arrived(account, primary, "main")) != 0 || len(v.RDS.Snapshots(account, primary)) != 0 {
		t.Errorf("it is cancelled: %v", got)
	}
}

func TestLockFailsBackups(t *testing.T) {
	for name, c := range map[string]struct {
		lock backup.Lock
		want string
	}{
		"within": {backup.Lock{MinDays: 35, MaxDays: 35}, "COMPLETED"}, "below": {backup.Lock{MinDays: 36}, "FAILED"}, "above": {backup.Lock{MaxDays: 34}, "FAILED"},
	} {
		v := newVaults(t, backup.Options{}, rule("daily", "cron(0 4 ? * * *)"))
		v.Backup.SetVault(account, primary, backup.Vault{Name: "main", Lock: &c.lock})
		v.clock.Advance(2 * time.Hour)
		if got := v.jobs()[0]; got != "04:00 daily "+c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestCopyIntoAnotherAccount(t *testing.T) {
	ofAWS := func(v *vaults) {
		v.RDS.Instances(account, primary)[0].KMSKey = v.KMS.AddKey(account, primary, kms.Key{ID: "aws-rds", AWSManaged: true})
	}
	for name, c := range map[string]struct {
		spoil func(*vaults)
		want  backup.State
	}{
		"all there":     {func(*vaults) {}, backup.StateCompleted},
		"setting":       {func(v *vaults) { v.Backup.Crossing(false) }, backup.StateFailed},
		"policy":        {func(v *vaults) { v.Backup.Vault(other, region, "beyond").Policy = nil }, backup.StateFailed},
		"source's key":  {ofAWS, backup.StateFailed},
		"vault's key":   {func(v *vaults) { v.Backup.Vault(other, region, "beyond").Key = "" }, backup.StateFailed},
		"not encrypted": {func(v *vaults) { v.database.KMSKey = "" }, backup.StateCompleted},
		"air-gapped":    {func(v *vaults) { v.Backup.Vault(other, region, "beyond").AirGapped = true }, backup.StateFailed},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVaults(t, backup.Options{}, rule("daily", "cron(0 4 ? * * *)", copied(beyondARN)))
			v.Backup.Crossing(true)
			c.spoil(v)
			v.clock.Advance(2 * time.Hour)
			if got := v.Backup.Copies(account, primary)[0]; c.want == backup.StateFailed && got.State != backup.StateRunning {
				t.Errorf("it is tried again for two hours: %s %s", got.State, got.Message)
			}
			v.clock.Advance(3 * time.Hour)
			if got := v.Backup.Copies(account, primary)[0]; got.State != c.want {
				t.Errorf("%s: %s", got.State, got.Message)
			}
			found := len(v.RDS.Snapshots(other, region))
			if (found == 1) != (c.want == backup.StateCompleted) {
				t.Errorf("%d snapshots in the other account", found)
			}
		})
	}
}

func TestContinuousBackup(t *testing.T) {
	continuous := rule("pitr", "cron(0 5 ? * * *)", func(r *backup.Rule) { r.Continuous = true })
	v := newVaults(t, backup.Options{}, continuous, rule("hourly", "cron(0 * ? * * *)"))
	v.clock.Advance(27 * time.Hour)
	var lies []*backup.Point
	for _, p := range v.Backup.Points(account, primary) {
		if p.Continuous() {
			lies = append(lies, p)
		}
	}
	if len(lies) != 1 || lies[0].Status != backup.Creating {
		t.Fatalf("the first waits for the maintenance window: %+v", lies)
	}
	v.clock.Advance(6 * 24 * time.Hour)
	if lies[0].Status != backup.Available || v.database.RetentionDays != 35 {
		t.Errorf("%+v, %d days", lies[0], v.database.RetentionDays)
	}
	days := map[string]int{}
	for _, p := range v.Backup.Arrived(account, primary, "main") {
		if !p.Continuous() {
			days[p.Created.Format("02")]++
		}
	}
	if days["04"] != 1 || days["05"] != 1 {
		t.Errorf("one snapshot a day beside it: %v", days)
	}
}

func TestSelections(t *testing.T) {
	tag := func(key, value string) []backup.Tag { return []backup.Tag{{Key: key, Value: value}} }
	for name, c := range map[string]struct {
		selection backup.Selection
		want      string
	}{
		"by ARN":             {backup.Selection{Resources: []string{"arn:aws:rds:eu-west-1:111122223333:db:orders"}}, "orders"},
		"by wildcard":        {backup.Selection{Resources: []string{"arn:aws:rds:*:*:db:o*"}}, "orders"},
		"everything":         {backup.Selection{Resources: []string{"*"}}, "lifeboat-x orders"},
		"nothing said":       {backup.Selection{}, "lifeboat-x orders"},
		"by tag":             {backup.Selection{Tags: tag("tier", "gold")}, "lifeboat-x orders"},
		"by a tag of others": {backup.Selection{Tags: tag("tier", "Gold")}, ""},
		"any of the tags":    {backup.Selection{Tags: append(tag("tier", "lead"), tag("lifeboat:deployment", "prod")...)}, "lifeboat-x"},
		"without copies": {backup.Selection{Resources: []string{"*"}, Conditions: backup.Conditions{
			StringEquals: tag("aws:ResourceTag/tier", "gold"), StringNotLike: tag("aws:ResourceTag/lifeboat:deployment", "*"),
		}}, "orders"},
		"left out": {backup.Selection{Resources: []string{"*"}, NotResources: []string{"arn:aws:rds:*:*:db:lifeboat-*"}}, "orders"},
		"like":     {backup.Selection{Conditions: backup.Conditions{StringLike: tag("aws:ResourceTag/lifeboat:deployment", "pr*")}}, "lifeboat-x"},
	} {
		v := newVaults(t, backup.Options{}, rule("daily", "cron(0 4 ? * * *)"))
		v.RDS.AddInstance(account, primary, rds.Instance{Identifier: "lifeboat-x", Tags: []rds.Tag{{Key: "tier", Value: "gold"}, {Key: "lifeboat:deployment", Value: "prod"}}})
		v.selects(t, c.selection)
		v.clock.Advance(2 * time.Hour)
		var got []string
		for _, j := range v.Backup.Jobs(account, primary) {
			got = append(got, j.ResourceName)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

func TestOptInCountsForWhatIsNotNamed(t *testing.T) {
	for name, c := range map[string]struct {
		selection backup.Selection
		jobs      int
	}{
		"by ARN": {backup.Selection{Resources: []string{"arn:aws:rds:eu-west-1:111122223333:db:orders"}}, 1},
		"by tag": {backup.Selection{Tags: []backup.Tag{{Key: "tier", Value: "gold"}}}, 0},
	} {
		v := newVaults(t, backup.Options{}, rule("daily", "cron(0 4 ? * * *)"))
		v.Backup.OptIn(account, primary, "RDS", false)
		v.selects(t, c.selection)
		v.clock.Advance(2 * time.Hour)
		if got := len(v.jobs()); got != c.jobs {
			t.Errorf("%s: %d jobs", name, got)
		}
	}
}

func TestVaultsTellTheirTopics(t *testing.T) {
	v := newVaults(t, backup.Options{}, rule("hourly", "cron(0 * ? * * *)"))
	topic := v.SNS.AddTopic(account, primary, "backups")
	v.Backup.SetVault(account, primary, backup.Vault{Name: "main", Notify: backup.Notifications{Topic: topic, Events: []string{"BACKUP_JOB_FAILED"}}})
	v.clock.Advance(90 * time.Minute)
	v.Backup.Vault(account, primary, "main").Lock = &backup.Lock{MinDays: 90}
	v.clock.Advance(time.Hour)
	got := v.SNS.Messages()
	if len(got) != 1 || got[0].Attributes["State"] != "FAILED" || !strings.Contains(got[0].Message, v.database.ARN) || got[0].Topic != topic {
		t.Errorf("%+v", got)
	}
}
