package lab_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/backup"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
)

// Every code has AWS say that all is well: no job fails, and what is there is less
// than was asked for.
func TestSilentSuccesses(t *testing.T) {
	const bucket = "arn:aws:s3:::dumps"
	var (
		made int // jobs, before it happens
		last = func(v *vaults) *backup.Job {
			jobs := v.Backup.Jobs(account, primary)
			return jobs[len(jobs)-1]
		}
		point = func(v *vaults) *backup.Point {
			for _, p := range v.Backup.Points(account, primary) {
				if p.ARN == last(v).RecoveryPoint {
					return p
				}
			}
			return nil
		}
		continuous = func(v *vaults) (list []*backup.Point) {
			for _, p := range v.Backup.Points(account, primary) {
				if p.Continuous() {
					list = append(list, p)
				}
			}
			return list
		}
	)
	pitr := rule("pitr", "cron(0 5 ? * * *)", func(r *backup.Rule) { r.Continuous = true })
	daily := rule("daily", "cron(0 5 ? * * *)", copied(farARN))
	for code, c := range map[backup.Code]struct {
		rule backup.Rule
		on   string // another ARN than the database's
		pass time.Duration
		less func(*vaults) bool
	}{
		backup.FallbackSnapshot:     {rule: pitr, less: func(v *vaults) bool { return !point(v).Continuous() }},
		backup.ContinuousNeverBegan: {rule: pitr, pass: 10 * 24 * time.Hour, less: func(v *vaults) bool { return len(continuous(v)) == 0 }},
		backup.ContinuousStopped:    {rule: pitr, less: func(v *vaults) bool { return continuous(v)[0].Status == backup.Stopped }},
		backup.NotificationsOff:     {rule: pitr, on: bucket, less: func(v *vaults) bool { return continuous(v)[0].Status == backup.Stopped }},
		backup.SnapshotsOncePerDay: {rule: rule("hourly", "cron(0 * ? * * *)"), pass: 5 * time.Hour, less: func(v *vaults) bool {
			jobs := v.Backup.Jobs(account, primary)
			return len(jobs) == made+5 && jobs[len(jobs)-1].RecoveryPoint == jobs[len(jobs)-4].RecoveryPoint
		}},
		backup.NotInAirGappedVault: {rule: rule("daily", "cron(0 5 ? * * *)", func(r *backup.Rule) { r.AirGapped = "arn:aws:backup:eu-west-1:111122223333:backup-vault:gapped" }), on: bucket,
			less: func(v *vaults) bool { return len(v.Backup.Arrived(account, primary, "gapped")) == 7 }}, // as on the days before
		backup.ObjectsMissing: {rule: daily, on: bucket, less: func(v *vaults) bool { return strings.Contains(last(v).Message, "objects") }},
		backup.WithIssues:     {rule: daily, less: func(v *vaults) bool { return last(v).Message != "" }},
		backup.PartialPoint:   {rule: daily, less: func(v *vaults) bool { return last(v).State == backup.StatePartial && point(v).Status == backup.Partial }},
		backup.NothingMatched: {rule: daily, on: bucket, less: func(v *vaults) bool { return len(v.Backup.Jobs(account, primary)) == made }},
		backup.OptedOut:       {rule: daily, on: bucket, less: func(v *vaults) bool { return len(v.Backup.Jobs(account, primary)) == made }},
		backup.CopyNeverBegan: {rule: daily, on: bucket, less: func(v *vaults) bool { return len(v.Backup.Copies(account, primary)) == made }},
		backup.CopyRetried: {rule: daily, on: bucket, less: func(v *vaults) bool {
			copies := v.Backup.Copies(account, primary)
			return copies[len(copies)-1].State == backup.StateRunning
		}},
		backup.Misplaced:  {rule: daily, on: bucket, less: func(v *vaults) bool { return last(v).Vault == "Default" && point(v).Vault() == "Default" }},
		backup.ShortLived: {rule: daily, on: bucket, less: func(v *vaults) bool { return point(v).Delete.Sub(point(v).Created) == 24*time.Hour }},
		backup.ForeignKey: {rule: daily, on: bucket, pass: 25 * time.Hour, less: func(v *vaults) bool {
			arrived := v.Backup.Arrived(account, region, "far")
			return arrived[len(arrived)-1].KMSKey == v.key
		}},
		backup.LockWeaker: {rule: daily, on: "arn:aws:backup:eu-west-1:111122223333:backup-vault:main", less: func(v *vaults) bool { return v.Backup.Vault(account, primary, "main").Lock == nil }},
		backup.JobExpired: {rule: daily, on: bucket, less: func(v *vaults) bool { return last(v).State == backup.StateExpired }},
	} {
		t.Run(string(code), func(t *testing.T) {
			v := newVaults(t, backup.Options{}, c.rule)
			v.Backup.SetVault(account, primary, backup.Vault{Name: "main", Lock: &backup.Lock{MinDays: 7, MaxDays: 90}})
			v.Backup.SetVault(account, primary, backup.Vault{Name: "gapped", AirGapped: true})
			v.Backup.AddResource(account, primary, backup.Resource{ARN: bucket, Type: "S3", Name: "dumps", Key: v.key})
			on := c.on
			if on == "" {
				on = v.database.ARN
			}
			if code != backup.LockWeaker {
				v.selects(t, backup.Selection{Resources: []string{"*"}, NotResources: []string{map[bool]string{true: bucket, false: "arn:aws:rds:*"}[on != bucket]}})
			}
			v.clock.Advance(7*24*time.Hour + 10*time.Minute) // over a maintenance window
			made = len(v.Backup.Jobs(account, primary))
			if err := v.Backup.Upset(code, on); err != nil {
				t.Fatal(err)
			}
			if c.pass == 0 {
				c.pass = 3*time.Hour + 2*time.Minute
			}
			v.clock.Advance(c.pass)
			if !c.less(v) {
				t.Errorf("nothing happened: %+v", last(v))
			}
			for _, j := range v.Backup.Jobs(account, primary) {
				if j.State == backup.StateFailed && j.Created.Weekday() != time.Sunday { // the maintenance window
					t.Errorf("it is not silent: %+v", j)
				}
			}
		})
	}
	v := newVaults(t, backup.Options{}, daily)
	if v.Backup.Upset("Unheard", v.database.ARN) == nil || v.Backup.Upset(backup.ContinuousStopped, v.database.ARN) == nil || v.Backup.Upset(backup.LockWeaker, farARN) == nil {
		t.Error("what cannot happen is an error")
	}
	if len(backup.Codes) != 18 {
		t.Errorf("%d codes: each stands above", len(backup.Codes))
	}
}

func TestDeletionOfRecoveryPoints(t *testing.T) {
	const denied = `{"Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["backup:DeleteRecoveryPoint"],"Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::111122223333:role/removal"]}}}]}`
	grace := time.Date(2026, 11, 5, 3, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		vault  backup.Vault
		caller string
		want   string
		unlock string // what removing the lock says
	}{
		"open":                   {backup.Vault{}, "admin", "", ""},
		"policy":                 {backup.Vault{Policy: []byte(denied)}, "admin", "AccessDenied", ""},
		"whom the policy leaves": {backup.Vault{Policy: []byte(denied)}, "removal", "", ""},
		"governance":             {backup.Vault{Lock: &backup.Lock{MinDays: 7}}, "admin", "InvalidRequest", ""},
		"compliance, in grace":   {backup.Vault{Lock: &backup.Lock{MinDays: 7, Date: grace.AddDate(0, 0, 30)}}, "admin", "InvalidRequest", ""},
		"compliance":             {backup.Vault{Lock: &backup.Lock{MinDays: 7, Date: grace}}, "admin", "InvalidRequest", "InvalidRequest"},
		"air-gapped":             {backup.Vault{AirGapped: true}, "admin", "InvalidRequest", "InvalidRequest"},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVaults(t, backup.Options{}, rule("daily", "cron(0 5 ? * * *)"))
			v.clock.Advance(4 * 24 * time.Hour)
			c.vault.Name = "main"
			v.Backup.SetVault(account, primary, c.vault)
			client := sdk.NewFromConfig(aws.Config{
				Region: primary, HTTPClient: &http.Client{Transport: v.Cloud}, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
				Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, c.caller), "secret", ""),
			})
			before := v.Backup.Arrived(account, primary, "main")
			_, err := client.DeleteRecoveryPoint(context.Background(), &sdk.DeleteRecoveryPointInput{BackupVaultName: aws.String("main"), RecoveryPointArn: &before[0].ARN})
			said(t, err, c.want)
			if left := len(v.Backup.Arrived(account, primary, "main")); (left < len(before)) != (c.want == "") || len(v.RDS.Snapshots(account, primary)) != left {
				t.Errorf("%d of %d are left", left, len(before))
			}
			_, err = client.DeleteBackupVaultLockConfiguration(context.Background(), &sdk.DeleteBackupVaultLockConfigurationInput{BackupVaultName: aws.String("main")})
			said(t, err, c.unlock)
		})
	}
}

func said(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("got %v, want %q", err, want)
	}
}
