package rds_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

func (l *lab) ofBackup(t *testing.T) []types.DBSnapshot {
	t.Helper()
	out, err := l.client.DescribeDBSnapshots(context.Background(), &sdk.DescribeDBSnapshotsInput{SnapshotType: aws.String("awsbackup")})
	if err != nil {
		t.Fatal(err)
	}
	return out.DBSnapshots
}

func TestSnapshotsOfAWSBackup(t *testing.T) {
	l := newLab(t, rds.Options{})
	const other = "arn:aws:kms:eu-central-1:111122223333:key/vault"
	source := l.rds.AddInstance(account, "eu-west-1", rds.Instance{Identifier: "orders-prod", KMSKey: key, OptionGroup: "audit", Tags: []rds.Tag{{Key: "stage", Value: "prod"}}})
	made, err := l.rds.TakeSnapshot(source.ARN, "awsbackup:job-1", nil)
	if err != nil {
		t.Fatal(err)
	}
	l.clock.Advance(30 * time.Minute)
	l.rds.FinishSnapshot(made.ARN)
	copied, err := l.rds.CopySnapshot(made.ARN, account, region, "awsbackup:copyjob-1", other)
	if err != nil {
		t.Fatal(err)
	}
	if got := l.ofBackup(t)[0]; *got.Status != "creating" || got.SnapshotDatabaseTime != nil {
		t.Errorf("a copy under way has no times: %+v", got)
	}
	l.rds.FinishSnapshot(copied.ARN)
	got := l.ofBackup(t)[0]
	if !got.SnapshotDatabaseTime.Equal(start) || !got.OriginalSnapshotCreateTime.Equal(start) || !got.SnapshotCreateTime.Equal(start.Add(30*time.Minute)) {
		t.Errorf("a copy keeps the moment of its data: %v, %v, %v", got.SnapshotDatabaseTime, got.OriginalSnapshotCreateTime, got.SnapshotCreateTime)
	}
	if *got.DbiResourceId != source.ResourceID || *got.KmsKeyId != other || *got.SourceDBSnapshotIdentifier != made.ARN || *got.SourceRegion != "eu-west-1" || got.OptionGroupName != nil || *got.Status != "available" {
		t.Errorf("%+v", got)
	}
	l.rds.RemoveSnapshot(copied.ARN)
	if left := l.ofBackup(t); len(left) != 0 {
		t.Errorf("%+v", left)
	}
}

func TestCopyOfAPersistentOptionFails(t *testing.T) {
	l := newLab(t, rds.Options{})
	l.rds.AddGroups(account, "eu-west-1", nil, nil, []rds.OptionGroup{{Name: "tde", Engine: "oracle-ee", Version: "19", Options: []rds.Option{{Name: "TDE", Persistent: true}}}})
	source := l.rds.AddInstance(account, "eu-west-1", rds.Instance{Identifier: "orders-prod", OptionGroup: "tde"})
	made, err := l.rds.TakeSnapshot(source.ARN, "awsbackup:job-1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.rds.CopySnapshot(made.ARN, account, region, "awsbackup:copyjob-1", ""); err == nil {
		t.Error("its options would be lost")
	}
}
