package rds_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
	key     = "arn:aws:kms:eu-central-1:111122223333:key/backups"
)

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

type lab struct {
	clock  *clock.Virtual
	rds    *rds.Service
	client *sdk.Client
	events []events.Event
}

// newLab has one snapshot of an instance, with the groups that a restore needs.
func newLab(t *testing.T, o rds.Options, faults ...simaws.Fault) *lab {
	t.Helper()
	l := &lab{clock: clock.NewVirtual(start)}
	bus := events.NewBus(l.clock, nil)
	bus.Subscribe(func(e events.Event) { l.events = append(l.events, e) })
	o.Clock, o.Bus = l.clock, bus
	l.rds = rds.New(o)
	cloud := simaws.New(simaws.Options{Clock: l.clock, Faults: faults}, map[string]wire.Handler{"rds": l.rds})
	l.client = sdk.NewFromConfig(aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	l.rds.AddGroups(account, region,
		[]rds.SubnetGroup{{Name: "default", VPC: "vpc-default", Public: true}, {Name: "isolated", VPC: "vpc-isolated"}},
		[]rds.ParameterGroup{{Name: "default.postgres15", Family: "postgres15"}, {Name: "old", Family: "postgres13"}},
		[]rds.OptionGroup{{Name: "default:postgres-15", Engine: "postgres", Version: "15"}})
	l.rds.AddSnapshot(account, region, rds.Snapshot{
		Identifier: "copy", Type: "manual", Instance: "orders-prod", ResourceID: "db-SOURCE", Engine: "postgres", EngineVersion: "15.7",
		MasterUser: "app", StorageGiB: 200, KMSKey: key, DatabaseTime: start.Add(-time.Hour), Created: start.Add(-30 * time.Minute),
		RetentionDays: 7, Tags: []rds.Tag{{Key: "stage", Value: "prod"}}, OptionGroup: "default:postgres-15",
	})
	return l
}

func (l *lab) restore(t *testing.T, in sdk.RestoreDBInstanceFromDBSnapshotInput) types.DBInstance {
	t.Helper()
	in.DBInstanceIdentifier, in.DBSnapshotIdentifier = aws.String("lifeboat-x"), aws.String("copy")
	out, err := l.client.RestoreDBInstanceFromDBSnapshot(context.Background(), &in)
	if err != nil {
		t.Fatal(err)
	}
	return *out.DBInstance
}

func (l *lab) describe() (types.DBInstance, error) {
	out, err := l.client.DescribeDBInstances(context.Background(), &sdk.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String("lifeboat-x")})
	if err != nil {
		return types.DBInstance{}, err
	}
	return out.DBInstances[0], nil
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// careful is a restore call that leaves nothing to AWS's defaults.
func careful() sdk.RestoreDBInstanceFromDBSnapshotInput {
	return sdk.RestoreDBInstanceFromDBSnapshotInput{
		DBSubnetGroupName: aws.String("isolated"), VpcSecurityGroupIds: []string{"sg-isolated"}, PubliclyAccessible: aws.Bool(false),
		BackupRetentionPeriod: aws.Int32(0), DBParameterGroupName: aws.String("default.postgres15"), OptionGroupName: aws.String("default:postgres-15"),
		Tags: []types.Tag{{Key: aws.String("lifeboat:deployment"), Value: aws.String("prod")}},
	}
}

func TestDangerousDefaultsAreAWSsOwn(t *testing.T) {
	l := newLab(t, rds.Options{})
	got := l.restore(t, sdk.RestoreDBInstanceFromDBSnapshotInput{})
	if !*got.PubliclyAccessible || *got.BackupRetentionPeriod != 7 || *got.DBSubnetGroup.DBSubnetGroupName != "default" {
		t.Errorf("public %v, retention %d, subnets %s", *got.PubliclyAccessible, *got.BackupRetentionPeriod, *got.DBSubnetGroup.DBSubnetGroupName)
	}
	if len(got.TagList) != 1 || *got.TagList[0].Key != "stage" {
		t.Errorf("without tags the source's are copied, got %v", got.TagList)
	}
	if *got.VpcSecurityGroups[0].VpcSecurityGroupId != "sg-default" {
		t.Errorf("security groups %v", got.VpcSecurityGroups)
	}
}

func TestLifeOfARestoredInstance(t *testing.T) {
	l := newLab(t, rds.Options{})
	l.restore(t, careful())
	if _, err := l.describe(); code(err) != "DBInstanceNotFound" {
		t.Fatalf("right after the create it is not seen yet: %v", err)
	}
	var seen []string
	for range 60 {
		l.clock.Advance(30 * time.Second)
		got, err := l.describe()
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) == 0 || seen[len(seen)-1] != *got.DBInstanceStatus {
			seen = append(seen, *got.DBInstanceStatus)
		}
	}
	if diff := cmp.Diff([]string{"creating", "modifying", "available"}, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got, _ := l.describe()
	if *got.Endpoint.Port != 5432 || !strings.HasSuffix(*got.Endpoint.Address, ".rds.amazonaws.com") || *got.KmsKeyId != key {
		t.Errorf("endpoint %v, key %s", got.Endpoint, *got.KmsKeyId)
	}
	if got.StorageOperationStatus == nil || *got.StorageOperationPercentProgress == 0 {
		t.Error("blocks load lazily after available, which shows")
	}
	var ids []string
	for _, e := range l.events {
		ids = append(ids, string(e.Detail)[strings.Index(string(e.Detail), "RDS-EVENT"):][:14])
	}
	if diff := cmp.Diff([]string{"RDS-EVENT-0043", "RDS-EVENT-0005"}, ids); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestBackupsDelayAvailability(t *testing.T) {
	l := newLab(t, rds.Options{})
	in := careful()
	in.BackupRetentionPeriod = nil
	l.restore(t, in)
	l.clock.Advance(time.Hour)
	if got, _ := l.describe(); *got.DBInstanceStatus != "backing-up" {
		t.Errorf("status %s: with the source's retention period it is backed up first", *got.DBInstanceStatus)
	}
}

func TestDeletingTakesMinutes(t *testing.T) {
	l := newLab(t, rds.Options{})
	ctx := context.Background()
	l.restore(t, careful())
	l.clock.Advance(time.Hour)
	in := &sdk.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("lifeboat-x")}
	if _, err := l.client.DeleteDBInstance(ctx, in); code(err) != "InvalidParameterCombination" {
		t.Errorf("without a final snapshot: %v", err)
	}
	in.SkipFinalSnapshot = aws.Bool(true)
	if _, err := l.client.DeleteDBInstance(ctx, in); err != nil {
		t.Fatal(err)
	}
	if _, err := l.client.DeleteDBInstance(ctx, in); code(err) != "InvalidDBInstanceState" {
		t.Errorf("twice: %v", err)
	}
	if got, _ := l.describe(); *got.DBInstanceStatus != "deleting" {
		t.Errorf("status %s", *got.DBInstanceStatus)
	}
	l.clock.Advance(10 * time.Minute)
	if _, err := l.describe(); code(err) != "DBInstanceNotFound" {
		t.Errorf("afterwards: %v", err)
	}
}

func TestRefusedRestores(t *testing.T) {
	tests := map[string]struct {
		reason  string
		prepare func(*lab)
		change  func(*sdk.RestoreDBInstanceFromDBSnapshotInput)
		options rds.Options
		want    string
	}{
		"instance quota":   {reason: "40 by default", prepare: func(l *lab) { l.rds.SetQuota(account, region, rds.Quota{Instances: 0, StorageGiB: 1000}) }, want: "InstanceQuotaExceeded"},
		"storage quota":    {reason: "of the region", prepare: func(l *lab) { l.rds.SetQuota(account, region, rds.Quota{Instances: 40, StorageGiB: 100}) }, want: "StorageQuotaExceeded"},
		"subnet group":     {reason: "must exist in the region", change: func(in *sdk.RestoreDBInstanceFromDBSnapshotInput) { in.DBSubnetGroupName = aws.String("nowhere") }, want: "DBSubnetGroupNotFoundFault"},
		"parameter group":  {reason: "must exist in the region", change: func(in *sdk.RestoreDBInstanceFromDBSnapshotInput) { in.DBParameterGroupName = aws.String("none") }, want: "DBParameterGroupNotFound"},
		"parameter family": {reason: "must fit the engine", change: func(in *sdk.RestoreDBInstanceFromDBSnapshotInput) { in.DBParameterGroupName = aws.String("old") }, want: "InvalidParameterCombination"},
		"key":              {reason: "the caller must be let in by the key's policy", options: rds.Options{UseKey: func(string, string, string) error { return errors.New("denied") }}, want: "KMSKeyNotAccessibleFault"},
		"linked role":      {reason: "a fresh account lacks it", options: rds.Options{LinkedRole: func(string) bool { return false }}, want: "InvalidParameterValue"},
		"not simulated":    {reason: "a flag that is not modelled fails loudly", change: func(in *sdk.RestoreDBInstanceFromDBSnapshotInput) { in.DedicatedLogVolume = aws.Bool(true) }, want: "NotSimulated"},
		"unfinished backup": {reason: "only available ones can be restored", prepare: func(l *lab) {
			l.rds.AddSnapshot(account, region, rds.Snapshot{Identifier: "unfinished", Type: "automated", Status: "creating"})
		}, change: func(in *sdk.RestoreDBInstanceFromDBSnapshotInput) { in.DBSnapshotIdentifier = aws.String("unfinished") }, want: "InvalidDBSnapshotState"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, tc.options)
			if tc.prepare != nil {
				tc.prepare(l)
			}
			in := careful()
			in.DBInstanceIdentifier, in.DBSnapshotIdentifier = aws.String("lifeboat-x"), aws.String("copy")
			if tc.change != nil {
				tc.change(&in)
			}
			_, err := l.client.RestoreDBInstanceFromDBSnapshot(context.Background(), &in)
			if code(err) != tc.want {
				t.Errorf("%s: %v, want %s", tc.reason, err, tc.want)
			}
		})
	}
}

func TestSnapshotsAreShownAsAWSDoes(t *testing.T) {
	l := newLab(t, rds.Options{})
	l.rds.AddSnapshot(account, region, rds.Snapshot{Identifier: "awsbackup:job", Type: "awsbackup", ResourceID: "db-SOURCE", Created: start.Add(-time.Hour), DatabaseTime: start.Add(-time.Hour)})
	l.rds.AddSnapshot("444455556666", region, rds.Snapshot{Identifier: "theirs", Type: "manual", ResourceID: "db-OTHER", Created: start.Add(-time.Hour), DatabaseTime: start.Add(-time.Hour), SharedWith: []string{account}})
	list := func(in sdk.DescribeDBSnapshotsInput) []string {
		out, err := l.client.DescribeDBSnapshots(context.Background(), &in)
		if err != nil {
			return []string{code(err)}
		}
		var ids []string
		for _, s := range out.DBSnapshots {
			ids = append(ids, *s.DBSnapshotIdentifier)
		}
		return ids
	}
	tests := map[string]struct {
		reason string
		in     sdk.DescribeDBSnapshotsInput
		want   []string
	}{
		"no type":             {"automated and manual only", sdk.DescribeDBSnapshotsInput{}, []string{"copy"}},
		"awsbackup":           {"must be asked for", sdk.DescribeDBSnapshotsInput{SnapshotType: aws.String("awsbackup")}, []string{"awsbackup:job"}},
		"shared":              {"named by their ARN", sdk.DescribeDBSnapshotsInput{SnapshotType: aws.String("shared")}, []string{"arn:aws:rds:eu-central-1:444455556666:snapshot:theirs"}},
		"instance identifier": {"must exist here", sdk.DescribeDBSnapshotsInput{DBInstanceIdentifier: aws.String("orders-prod")}, []string{"DBInstanceNotFound"}},
		"resource id filter":  {"finds copies in the recovery region", sdk.DescribeDBSnapshotsInput{Filters: []types.Filter{{Name: aws.String("dbi-resource-id"), Values: []string{"db-SOURCE"}}}}, []string{"copy"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, list(tc.in)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestPointInTime(t *testing.T) {
	l := newLab(t, rds.Options{})
	backup := l.rds.AddBackup(account, region, rds.AutomatedBackup{
		Instance: "orders-prod", ResourceID: "db-SOURCE", Engine: "postgres", EngineVersion: "15.7", StorageGiB: 200,
		Status: "replicating", RetentionDays: 7, SourceRegion: "eu-west-1", Lag: 7 * time.Minute, KMSKey: key,
	})
	out, err := l.client.DescribeDBInstanceAutomatedBackups(context.Background(), &sdk.DescribeDBInstanceAutomatedBackupsInput{DbiResourceId: aws.String("db-SOURCE")})
	if err != nil {
		t.Fatal(err)
	}
	latest := *out.DBInstanceAutomatedBackups[0].RestoreWindow.LatestTime
	if !latest.Equal(start.Add(-7 * time.Minute)) {
		t.Errorf("latest restorable time %s", latest)
	}
	in := &sdk.RestoreDBInstanceToPointInTimeInput{
		TargetDBInstanceIdentifier: aws.String("lifeboat-x"), SourceDBInstanceAutomatedBackupsArn: aws.String(backup.ARN),
		RestoreTime: aws.Time(start), DBSubnetGroupName: aws.String("isolated"),
	}
	if _, err := l.client.RestoreDBInstanceToPointInTime(context.Background(), in); code(err) != "InvalidRestoreFault" {
		t.Errorf("a time that the logs do not reach: %v", err)
	}
	in.RestoreTime = &latest
	restored, err := l.client.RestoreDBInstanceToPointInTime(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if *restored.DBInstance.KmsKeyId != key {
		t.Errorf("key %s", *restored.DBInstance.KmsKeyId)
	}
}
