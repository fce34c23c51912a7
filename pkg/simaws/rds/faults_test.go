package rds_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

func isolated() sdk.RestoreDBInstanceFromDBSnapshotInput {
	return sdk.RestoreDBInstanceFromDBSnapshotInput{
		DBSubnetGroupName: aws.String("isolated"), BackupRetentionPeriod: aws.Int32(0), DBParameterGroupName: aws.String("default.postgres15"),
		PubliclyAccessible: aws.Bool(false),
	}
}

// A copy that somebody stops cannot be changed, cannot be deleted while it is
// being stopped, and can be once it is.
func TestACopyThatIsStopped(t *testing.T) {
	l := newLab(t, rds.Options{Behaviour: rds.Behaviour{Creating: 10 * time.Minute, Modifying: time.Minute, StoppedAfter: 3 * time.Minute, Stopping: 5 * time.Minute}})
	l.restore(t, isolated())
	l.clock.Advance(12 * time.Minute)
	state := func() string {
		i, err := l.describe()
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(i.DBInstanceStatus)
	}
	remove := func() string {
		_, err := l.client.DeleteDBInstance(context.Background(), &sdk.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("lifeboat-x"), SkipFinalSnapshot: aws.Bool(true)})
		return code(err)
	}
	if got := state(); got != "available" {
		t.Errorf("before: %s", got)
	}
	l.clock.Advance(3 * time.Minute)
	if got := state(); got != "stopping" {
		t.Errorf("soon: %s", got)
	}
	if got := remove(); got != "InvalidDBInstanceState" {
		t.Errorf("deleted while it is being stopped: %q", got)
	}
	l.clock.Advance(5 * time.Minute)
	if got := state(); got != "stopped" {
		t.Errorf("then: %s", got)
	}
	_, err := l.client.ModifyDBInstance(context.Background(), &sdk.ModifyDBInstanceInput{DBInstanceIdentifier: aws.String("lifeboat-x"), DeletionProtection: aws.Bool(false)})
	if code(err) != "InvalidDBInstanceState" {
		t.Errorf("changed while it is stopped: %v", err)
	}
	if got := remove(); got != "" {
		t.Errorf("deleted once it is stopped: %q", got)
	}
}

// An engine that needs the source's settings starts with no other group.
func TestAnEngineThatNeedsItsParameters(t *testing.T) {
	for group, want := range map[string]string{"default.postgres15": "incompatible-parameters", "orders-pg15": "available"} {
		l := newLab(t, rds.Options{Behaviour: rds.Behaviour{StartsWith: "orders-pg15"}})
		l.rds.AddGroups(account, region, nil, []rds.ParameterGroup{{Name: "orders-pg15", Family: "postgres15"}}, nil)
		in := isolated()
		in.DBParameterGroupName = &group
		l.restore(t, in)
		l.clock.Advance(time.Hour)
		if i, err := l.describe(); err != nil || aws.ToString(i.DBInstanceStatus) != want {
			t.Errorf("with %s: %s, %v", group, aws.ToString(i.DBInstanceStatus), err)
		}
	}
}

// What had the name before keeps its automated backups, which grow no more.
func TestAnInstanceThatTakesAName(t *testing.T) {
	l := newLab(t, rds.Options{})
	old := l.rds.AddInstance(account, region, rds.Instance{Identifier: "orders-prod", RetentionDays: 7})
	l.rds.AddBackup(account, "eu-west-1", rds.AutomatedBackup{Instance: "orders-prod", InstanceARN: old.ARN, ResourceID: old.ResourceID, Status: "active", RetentionDays: 7, SourceRegion: region})
	made := l.rds.Replace(account, region, "orders-prod", rds.Instance{RetentionDays: 7}, time.Hour)
	if made.ResourceID == old.ResourceID || made.ARN != old.ARN {
		t.Errorf("%s %s took the place of %s %s", made.ResourceID, made.ARN, old.ResourceID, old.ARN)
	}
	l.clock.Advance(time.Hour)
	out, err := l.client.DescribeDBInstanceAutomatedBackups(context.Background(), &sdk.DescribeDBInstanceAutomatedBackupsInput{
		Filters: []types.Filter{{Name: aws.String("status"), Values: []string{"retained"}}},
	})
	if err != nil || len(out.DBInstanceAutomatedBackups) != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	b := out.DBInstanceAutomatedBackups[0]
	if aws.ToString(b.DbiResourceId) != old.ResourceID || !b.RestoreWindow.LatestTime.Equal(start.Add(-time.Hour)) {
		t.Errorf("%s until %s", aws.ToString(b.DbiResourceId), b.RestoreWindow.LatestTime)
	}
}

// What was made a moment ago cannot be restored to a time at which it was not.
func TestAnInstanceThatIsTooNewToBeRestored(t *testing.T) {
	l := newLab(t, rds.Options{})
	l.rds.AddInstance(account, region, rds.Instance{Identifier: "lifeboat-x", RetentionDays: 7})
	l.rds.Replace(account, region, "lifeboat-x", rds.Instance{RetentionDays: 7}, 2*time.Minute)
	if i, err := l.describe(); err != nil || i.LatestRestorableTime != nil {
		t.Errorf("%v, %v", i.LatestRestorableTime, err)
	}
	l.clock.Advance(time.Hour)
	if i, err := l.describe(); err != nil || i.LatestRestorableTime == nil || i.LatestRestorableTime.Before(start) {
		t.Errorf("an hour later: %v, %v", i.LatestRestorableTime, err)
	}
}

// The answer of a call that is refused can be lost, or spoilt, like any other;
// what is not modelled is never hidden behind a fault.
func TestTheAnswerOfARefusedCallIsLost(t *testing.T) {
	for want, fault := range map[string]simaws.Fault{
		"":                   {On: "rds:DeleteDBInstance", Effective: true},
		"ServiceUnavailable": {On: "rds:DeleteDBInstance", Effective: true, Error: "ServiceUnavailable", Status: 503},
		"DBInstanceNotFound": {On: "rds:ModifyDBInstance", Effective: true},
	} {
		l := newLab(t, rds.Options{}, fault)
		_, err := l.client.DeleteDBInstance(context.Background(), &sdk.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("nobody"), SkipFinalSnapshot: aws.Bool(true)})
		if err == nil || code(err) != want {
			t.Errorf("%+v: %v", fault, err)
		}
	}
	l := newLab(t, rds.Options{}, simaws.Fault{On: "rds:RestoreDBInstanceToPointInTime", Effective: true})
	l.rds.AddInstance(account, region, rds.Instance{Identifier: "member", RetentionDays: 7, Cluster: "orders"})
	_, err := l.client.RestoreDBInstanceToPointInTime(context.Background(), &sdk.RestoreDBInstanceToPointInTimeInput{
		SourceDBInstanceIdentifier: aws.String("member"), TargetDBInstanceIdentifier: aws.String("y"), UseLatestRestorableTime: aws.Bool(true),
	})
	if code(err) != "NotSimulated" {
		t.Errorf("what is not modelled: %v", err)
	}
}

// A member of a cluster says so, and has no backups of its own.
func TestAMemberOfACluster(t *testing.T) {
	l := newLab(t, rds.Options{})
	l.rds.AddInstance(account, region, rds.Instance{Identifier: "lifeboat-x", RetentionDays: 7, Cluster: "orders"})
	i, err := l.describe()
	if err != nil || aws.ToString(i.DBClusterIdentifier) != "orders" || i.LatestRestorableTime != nil {
		t.Errorf("%+v, %v", i, err)
	}
	out, err := l.client.DescribeDBInstanceAutomatedBackups(context.Background(), &sdk.DescribeDBInstanceAutomatedBackupsInput{})
	if err != nil || len(out.DBInstanceAutomatedBackups) != 0 {
		t.Errorf("%+v, %v", out, err)
	}
	_, err = l.client.RestoreDBInstanceToPointInTime(context.Background(), &sdk.RestoreDBInstanceToPointInTimeInput{
		SourceDBInstanceIdentifier: aws.String("lifeboat-x"), TargetDBInstanceIdentifier: aws.String("y"), UseLatestRestorableTime: aws.Bool(true),
	})
	if code(err) != "NotSimulated" {
		t.Errorf("restored: %v", err)
	}
}
