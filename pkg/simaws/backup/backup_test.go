package backup_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account  = "111122223333"
	region   = "eu-central-1"
	resource = "arn:aws:rds:eu-west-1:111122223333:db:orders-prod"
	key      = "arn:aws:kms:eu-central-1:111122223333:key/backups"
	point    = "arn:aws:rds:eu-central-1:111122223333:snapshot:awsbackup:job-%d"
	vaultARN = "arn:aws:backup:eu-central-1:111122223333:backup-vault:copies"
)

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

type lab struct {
	*sdk.Client
	backup *backup.Service
	cloud  *simaws.Cloud
}

// newLab has a vault with n points, an hour apart.
func newLab(n int) lab {
	l := lab{backup: backup.New()}
	l.backup.AddVault(account, region, "copies")
	for i := range n {
		l.backup.AddPoint(account, region, "copies", backup.Point{
			ARN: fmt.Sprintf(point, i), Resource: resource, Created: start.Add(time.Duration(i) * time.Hour),
			Completed: start.Add(time.Duration(i)*time.Hour + 20*time.Minute), KMSKey: key, Bytes: 5 << 30,
			SourceVault: "arn:aws:backup:eu-west-1:111122223333:backup-vault:primary", Delete: start.AddDate(0, 0, 35),
		})
	}
	l.cloud = simaws.New(simaws.Options{Clock: clock.NewVirtual(start)}, map[string]wire.Handler{"backup": l.backup})
	l.Client = l.client(account, region)
	return l
}

func (l lab) client(account, region string) *sdk.Client {
	return sdk.NewFromConfig(aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: l.cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
}

func code(err error) string {
	if err == nil {
		return ""
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestPointsOfAResource(t *testing.T) {
	l := newLab(7)
	l.backup.AddPoint(account, region, "copies", backup.Point{ARN: "arn:other", Resource: resource + "-2", Created: start})
	var got []string
	pages := sdk.NewListRecoveryPointsByResourcePaginator(l, &sdk.ListRecoveryPointsByResourceInput{
		ResourceArn: aws.String(resource), MaxResults: aws.Int32(3), ManagedByAWSBackupOnly: true,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.RecoveryPoints {
			got = append(got, *p.RecoveryPointArn)
			if p.Status != "COMPLETED" || *p.BackupVaultName != "copies" || *p.EncryptionKeyArn != key || *p.BackupSizeBytes != 5<<30 {
				t.Errorf("%+v", p)
			}
		}
	}
	if len(got) != 7 || got[6] != fmt.Sprintf(point, 6) {
		t.Errorf("got %v", got)
	}
	elsewhere, err := l.client(account, "eu-west-1").ListRecoveryPointsByResource(context.Background(), &sdk.ListRecoveryPointsByResourceInput{ResourceArn: aws.String(resource)})
	if err != nil || len(elsewhere.RecoveryPoints) != 0 {
		t.Errorf("another region has its own: %v, %v", err, elsewhere)
	}
}

func TestPointsOfAVault(t *testing.T) {
	l := newLab(7)
	l.backup.AddPoint(account, region, "copies", backup.Point{ARN: "arn:table", Resource: "arn:table", ResourceType: "DynamoDB", Status: backup.Creating, Created: start})
	for name, test := range map[string]struct {
		in     sdk.ListRecoveryPointsByBackupVaultInput
		want   int
		reason string
	}{
		"all":      {sdk.ListRecoveryPointsByBackupVaultInput{}, 8, ""},
		"resource": {sdk.ListRecoveryPointsByBackupVaultInput{ByResourceArn: aws.String(resource)}, 7, ""},
		"type":     {sdk.ListRecoveryPointsByBackupVaultInput{ByResourceType: aws.String("DynamoDB")}, 1, ""},
		"after":    {sdk.ListRecoveryPointsByBackupVaultInput{ByCreatedAfter: aws.Time(start.Add(5 * time.Hour))}, 1, "after, not at"},
		"between": {sdk.ListRecoveryPointsByBackupVaultInput{ByCreatedAfter: aws.Time(start), ByCreatedBefore: aws.Time(start.Add(3 * time.Hour))}, 2,
			"before, not at"},
	} {
		t.Run(name, func(t *testing.T) {
			test.in.BackupVaultName, test.in.MaxResults = aws.String("copies"), aws.Int32(2)
			var got []types.RecoveryPointByBackupVault
			pages := sdk.NewListRecoveryPointsByBackupVaultPaginator(l, &test.in)
			for pages.HasMorePages() {
				page, err := pages.NextPage(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, page.RecoveryPoints...)
			}
			if len(got) != test.want {
				t.Errorf("%s: %d points", test.reason, len(got))
			}
		})
	}
}

func TestAPointByItself(t *testing.T) {
	l := newLab(1)
	arn := fmt.Sprintf(point, 0)
	l.backup.SetStatus(arn, backup.Creating, time.Time{})
	in := &sdk.DescribeRecoveryPointInput{BackupVaultName: aws.String("copies"), RecoveryPointArn: &arn}
	out, err := l.DescribeRecoveryPoint(context.Background(), in)
	if err != nil || out.Status != "CREATING" {
		t.Fatalf("%v: %+v", err, out)
	}
	l.backup.SetStatus(arn, backup.Completed, start.Add(time.Hour))
	if out, err = l.DescribeRecoveryPoint(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if out.Status != "COMPLETED" || !out.CompletionDate.Equal(start.Add(time.Hour)) || !out.CreationDate.Equal(start) || !out.IsEncrypted || *out.EncryptionKeyArn != key {
		t.Errorf("%+v", out)
	}
	if *out.ResourceArn != resource || *out.ResourceType != "RDS" || *out.BackupVaultArn != vaultARN || out.StorageClass != "WARM" ||
		!out.CalculatedLifecycle.DeleteAt.Equal(start.AddDate(0, 0, 35)) || *out.SourceBackupVaultArn == "" {
		t.Errorf("%+v", out)
	}
	if diff := cmp.Diff([]string{vaultARN, arn}, l.cloud.Calls()[0].Resources); diff != "" {
		t.Error(diff)
	}
}

func TestAPointThatIsNotEncryptedAndNotDone(t *testing.T) {
	l := newLab(0)
	l.backup.AddPoint(account, region, "copies", backup.Point{ARN: "arn:x", Resource: resource, Status: backup.Partial, StatusMessage: "half", Created: start})
	out, err := l.ListRecoveryPointsByBackupVault(context.Background(), &sdk.ListRecoveryPointsByBackupVaultInput{BackupVaultName: aws.String("copies")})
	if err != nil {
		t.Fatal(err)
	}
	p := out.RecoveryPoints[0]
	if p.IsEncrypted || p.EncryptionKeyArn != nil || p.CompletionDate != nil || p.Status != "PARTIAL" || *p.StatusMessage != "half" {
		t.Errorf("%+v", p)
	}
}

func TestRegionSettings(t *testing.T) {
	l := newLab(0)
	l.backup.OptIn(account, region, "RDS", false)
	here, err := l.DescribeRegionSettings(context.Background(), nil)
	if err != nil || here.ResourceTypeOptInPreference["RDS"] || here.ResourceTypeOptInPreference["Aurora"] {
		t.Errorf("%v: %+v", err, here)
	}
	there, err := l.client(account, "eu-west-1").DescribeRegionSettings(context.Background(), nil)
	if err != nil || !there.ResourceTypeOptInPreference["RDS"] || there.ResourceTypeOptInPreference["Aurora"] {
		t.Errorf("each region has its own, and Aurora is off: %v: %+v", err, there)
	}
}

func TestRestoreJobs(t *testing.T) {
	l := newLab(0)
	for i, status := range []string{"COMPLETED", "RUNNING", "COMPLETED", "FAILED"} {
		j := backup.RestoreJob{ID: fmt.Sprint("job-", i), RecoveryPoint: fmt.Sprintf(point, i), Status: status, Created: start.Add(time.Duration(i) * time.Hour), PercentDone: "0.00%"}
		if status != "RUNNING" {
			j.Completed = j.Created.Add(30 * time.Minute)
		}
		l.backup.AddRestoreJob(account, region, j)
	}
	for name, test := range map[string]struct {
		in   sdk.ListRestoreJobsInput
		want []string
	}{
		"all":           {sdk.ListRestoreJobsInput{}, []string{"job-0", "job-1", "job-2", "job-3"}},
		"status":        {sdk.ListRestoreJobsInput{ByStatus: "COMPLETED"}, []string{"job-0", "job-2"}},
		"created":       {sdk.ListRestoreJobsInput{ByCreatedAfter: aws.Time(start)}, []string{"job-1", "job-2", "job-3"}},
		"complete":      {sdk.ListRestoreJobsInput{ByCompleteBefore: aws.Time(start.Add(3 * time.Hour))}, []string{"job-0", "job-2"}},
		"account":       {sdk.ListRestoreJobsInput{ByAccountId: aws.String("444455556666")}, nil},
		"resource type": {sdk.ListRestoreJobsInput{ByResourceType: aws.String("RDS"), ByStatus: "FAILED"}, []string{"job-3"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			test.in.MaxResults = aws.Int32(2)
			pages := sdk.NewListRestoreJobsPaginator(l, &test.in)
			for pages.HasMorePages() {
				page, err := pages.NextPage(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				for _, j := range page.RestoreJobs {
					got = append(got, *j.RestoreJobId)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	ctx := context.Background()
	for name, test := range map[string]struct {
		call         func(lab) error
		want, reason string
	}{
		"no vault": {func(l lab) error {
			_, err := l.ListRecoveryPointsByBackupVault(ctx, &sdk.ListRecoveryPointsByBackupVaultInput{BackupVaultName: aws.String("x")})
			return err
		}, "ResourceNotFoundException", ""},
		"other account": {func(l lab) error {
			_, err := l.client("444455556666", region).ListRecoveryPointsByBackupVault(ctx, &sdk.ListRecoveryPointsByBackupVaultInput{BackupVaultName: aws.String("copies")})
			return err
		}, "ResourceNotFoundException", "a vault's name is of the caller's account"},
		"no point": {func(l lab) error {
			_, err := l.DescribeRecoveryPoint(ctx, &sdk.DescribeRecoveryPointInput{BackupVaultName: aws.String("copies"), RecoveryPointArn: aws.String("arn:aws:x/y")})
			return err
		}, "ResourceNotFoundException", "the slash is the ARN's"},
		"page size": {func(l lab) error {
			_, err := l.ListRestoreJobs(ctx, &sdk.ListRestoreJobsInput{MaxResults: aws.Int32(1001)})
			return err
		}, "InvalidParameterValueException", "1000 at most"},
		"token": {func(l lab) error {
			_, err := l.ListRestoreJobs(ctx, &sdk.ListRestoreJobsInput{NextToken: aws.String("x")})
			return err
		}, "InvalidParameterValueException", ""},
		"status": {func(l lab) error {
			_, err := l.ListRestoreJobs(ctx, &sdk.ListRestoreJobsInput{ByStatus: "DONE"})
			return err
		}, "InvalidParameterValueException", ""},
		"parameter": {func(l lab) error {
			_, err := l.ListRecoveryPointsByBackupVault(ctx, &sdk.ListRecoveryPointsByBackupVaultInput{BackupVaultName: aws.String("copies"), ByParentRecoveryPointArn: aws.String("p")})
			return err
		}, "NotSimulated", "query parameters that are not simulated fail"},
		"described with": {func(l lab) error {
			_, err := l.DescribeRecoveryPoint(ctx, &sdk.DescribeRecoveryPointInput{
				BackupVaultName: aws.String("copies"), RecoveryPointArn: aws.String("arn:x"), BackupVaultAccountId: aws.String(account)})
			return err
		}, "NotSimulated", "the same"},
		"operation": {func(l lab) error { _, err := l.ListFrameworks(ctx, nil); return err }, "NotSimulated", "so do operations"},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.call(newLab(1))
			if code(err) != test.want {
				t.Errorf("%s: got %v, want %s", test.reason, err, test.want)
			}
			var api smithy.APIError
			if errors.As(err, &api) && api.ErrorMessage() == "" {
				t.Error("the message is lost")
			}
		})
	}
}
