package backup_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simbackup "github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account, region = "111122223333", "eu-west-1"
	instance        = "arn:aws:rds:eu-west-1:111122223333:db:orders-prod"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// newLab is an account with one vault.
func newLab(faults ...simaws.Fault) (*simbackup.Service, *simaws.Cloud, *backup.Adapter) {
	at := clock.NewVirtual(noon)
	service := simbackup.NewWith(simbackup.Options{Clock: at})
	service.SetVault(account, region, simbackup.Vault{Name: "vault", Key: "arn:aws:kms:eu-west-1:111122223333:key/1", Created: noon.Add(-24 * time.Hour)})
	cloud := simaws.New(simaws.Options{Clock: at, Faults: faults}, map[string]wire.Handler{"backup": service})
	return service, cloud, backup.New(awsconfig.New(awsconfig.Options{
		Region: region, HTTPClient: &http.Client{Transport: cloud}, Pause: func(time.Duration) {},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
	}))
}

// Every status that the SDK knows is decided: one that is new there fails here.
func TestEveryStatusIsDecided(t *testing.T) {
	for _, s := range types.RecoveryPointStatus("").Values() {
		if protection.OfPoint(string(s)) == protection.NotDecided {
			t.Errorf("a recovery point can be %s, and nobody decided what that means", s)
		}
	}
	for _, s := range types.BackupJobState("").Values() {
		if protection.OfJob(string(s)) == protection.NotDecided {
			t.Errorf("a backup job can be %s, and nobody decided what that means", s)
		}
	}
	for _, s := range types.CopyJobState("").Values() {
		if protection.OfCopy(string(s)) == protection.NotDecided {
			t.Errorf("a copy job can be %s, and nobody decided what that means", s)
		}
	}
	if protection.OfPoint("PONDERING")+protection.OfJob("PONDERING")+protection.OfCopy("PONDERING") != protection.NotDecided {
		t.Error("a status that nobody knows is decided")
	}
}

// More than one page is read, newest first, and only what is new enough.
func TestLists(t *testing.T) {
	const many = 2300
	service, _, adapter := newLab()
	by := simbackup.By{PlanID: "p", RuleID: "r", RuleName: "hourly"}
	for i := range many {
		at := noon.Add(time.Duration(i-many) * time.Minute)
		point := fmt.Sprintf("arn:aws:rds:eu-west-1:111122223333:snapshot:awsbackup:job-%d", i)
		service.AddJob(account, region, simbackup.Job{Resource: instance, Vault: "vault", RecoveryPoint: point, By: by, Created: at, Completed: at.Add(time.Minute)})
		service.AddCopy(account, region, simbackup.CopyJob{Resource: instance, SourcePoint: point, By: by, Created: at})
		service.AddPoint(account, region, "vault", simbackup.Point{ARN: point, Resource: instance, Created: at, Completed: at.Add(time.Minute), KMSKey: "arn:aws:kms:eu-west-1:111122223333:key/1", By: by, Delete: at.Add(time.Hour)})
	}
	since := noon.Add(-(many - 100) * time.Minute)
	jobs, err := adapter.Jobs(t.Context(), since)
	if err != nil || len(jobs[instance]) != many-100 && len(jobs[instance]) != many-101 {
		t.Fatalf("%d jobs, %v", len(jobs[instance]), err)
	}
	copies, err := adapter.CopyJobs(t.Context(), since)
	if err != nil || len(copies[instance]) != len(jobs[instance]) {
		t.Fatalf("%d copy jobs, %v", len(copies[instance]), err)
	}
	points, err := adapter.Points(t.Context(), "vault", time.Time{})
	if err != nil || len(points[instance]) != many {
		t.Fatalf("%d recovery points, %v", len(points[instance]), err)
	}
	last := noon.Add(-time.Minute)
	newest := fmt.Sprintf("arn:aws:rds:eu-west-1:111122223333:snapshot:awsbackup:job-%d", many-1)
	vault := "arn:aws:backup:eu-west-1:111122223333:backup-vault:vault"
	got := jobs[instance][0]
	got.ID = ""
	if diff := cmp.Diff(protection.Job{Resource: instance, ResourceType: "RDS", Vault: vault, Point: newest, Rule: "hourly", State: "COMPLETED", Category: "SUCCESS", Created: last, Completed: noon}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(protection.Point{
		ARN: newest, Resource: instance, ResourceType: "RDS", Vault: vault, Rule: "hourly", Status: "COMPLETED", Created: last, Completed: noon, Deletes: last.Add(time.Hour),
		Encrypted: true, Key: "arn:aws:kms:eu-west-1:111122223333:key/1",
	}, points[instance][0]); diff != "" {
		t.Error(diff)
	}
}

// A continuous recovery point is told by its id, and by a status that only it has.
func TestContinuous(t *testing.T) {
	service, _, adapter := newLab()
	want := map[string]bool{
		"arn:aws:backup:eu-west-1:111122223333:recovery-point:continuous:db-1": true, "arn:aws:rds:eu-west-1:111122223333:snapshot:awsbackup:job-1": false,
		"arn:aws:backup:eu-west-1:111122223333:recovery-point:stopped": true,
	}
	for arn := range want {
		p := simbackup.Point{ARN: arn, Resource: arn, Created: noon, Completed: noon}
		if arn == "arn:aws:backup:eu-west-1:111122223333:recovery-point:stopped" {
			p.Status = simbackup.Stopped
		}
		service.AddPoint(account, region, "vault", p)
	}
	points, err := adapter.Points(t.Context(), "vault", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for arn, continuous := range want {
		if points[arn][0].Continuous != continuous {
			t.Errorf("%s is continuous: %t", arn, !continuous)
		}
	}
}

func TestVault(t *testing.T) {
	const all, but = `"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle", "backup:DeleteBackupVault"], "Resource": "*"`,
		`, "Condition": {"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/removal"]}}`
	tests := map[string]struct {
		reason, statement string
		denies            bool
		excepted          []string
	}{
		"none":          {"", "", false, nil},
		"everybody":     {"", "{" + all + "}", true, nil},
		"but one":       {"", "{" + all + but + "}", true, []string{"arn:aws:iam::111122223333:role/removal"}},
		"only in haste": {"another condition denies somebody only", "{" + all + `, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}`, false, nil},
		"one only":      {"", `{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:role/x"}, "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}`, false, nil},
		"allowed":       {"", `{"Effect": "Allow", "Principal": "*", "Action": "backup:*", "Resource": "*"}`, false, nil},
		"by a pattern":  {"", `{"Effect": "Deny", "Principal": "*", "Action": ["backup:Delete*", "backup:Update*"], "Resource": "*"}`, true, nil},
		"not sooner":    {"a life that may be made a day long is deleted tomorrow", `{"Effect": "Deny", "Principal": "*", "Action": "backup:Delete*", "Resource": "*"}`, false, nil},
		"two statements": {"each call by its own, and whoever one of them leaves out", "{" + `"Effect": "Deny", "Principal": "*", "Action": "backup:UpdateRecoveryPointLifecycle", "Resource": "*"` + "}, {" + all + but + "}", true,
			[]string{"arn:aws:iam::111122223333:role/removal"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			service, _, adapter := newLab()
			v := *service.Vault(account, region, "vault")
			v.Lock = &simbackup.Lock{MinDays: 7, MaxDays: 35, Date: noon.Add(time.Hour)}
			if tc.statement != "" {
				v.Policy = json.RawMessage(`{"Version": "2012-10-17", "Statement": [` + tc.statement + `]}`)
			}
			service.SetVault(account, region, v)
			got, err := adapter.Vault(t.Context(), "vault")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(protection.Vault{
				ARN: "arn:aws:backup:eu-west-1:111122223333:backup-vault:vault", There: true, Made: noon.Add(-24 * time.Hour), Locked: true, LockDate: noon.Add(time.Hour),
				Min: 7 * 24 * time.Hour, Max: 35 * 24 * time.Hour, Key: "arn:aws:kms:eu-west-1:111122223333:key/1", DeniesDeletion: tc.denies, Excepted: tc.excepted,
			}, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
	_, _, adapter := newLab()
	if v, err := adapter.Vault(t.Context(), "another"); err != nil || v.There {
		t.Errorf("a vault that is not there: %+v, %v", v, err)
	}
}

// What is denied is an error with the permission in its hint, and never an empty
// list; what is throttled is asked again.
func TestDeniedAndThrottled(t *testing.T) {
	ask := map[string]func(a *backup.Adapter) error{
		"backup:ListBackupJobs": func(a *backup.Adapter) error { _, err := a.Jobs(t.Context(), noon); return err },
		"backup:ListCopyJobs":   func(a *backup.Adapter) error { _, err := a.CopyJobs(t.Context(), noon); return err },
		"backup:ListRecoveryPointsByBackupVault": func(a *backup.Adapter) error {
			_, err := a.Points(t.Context(), "vault", noon)
			return err
		},
		"backup:DescribeBackupVault":        func(a *backup.Adapter) error { _, err := a.Vault(t.Context(), "vault"); return err },
		"backup:GetBackupVaultAccessPolicy": func(a *backup.Adapter) error { _, err := a.Vault(t.Context(), "vault"); return err },
	}
	for operation, call := range ask {
		_, _, adapter := newLab(simaws.Fault{On: operation, Error: "AccessDeniedException", Status: http.StatusForbidden})
		if err := call(adapter); drill.NameOf(err) != drill.Unexpected || drill.HintOf(err) == "" {
			t.Errorf("%s denied: %v", operation, err)
		}
		_, cloud, adapter := newLab(simaws.Fault{On: operation, Error: "ThrottlingException", Status: http.StatusTooManyRequests})
		if err := call(adapter); err != nil || len(cloud.UnusedFaults()) > 0 {
			t.Errorf("%s throttled once: %v", operation, err)
		}
	}
}
