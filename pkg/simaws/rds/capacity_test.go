package rds_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

func TestCapacityIsOfARegionAndAClass(t *testing.T) {
	cases := map[string]struct {
		reason        string
		region, class string
		lasting       time.Duration
		after         time.Duration
		want          string
	}{
		"the class":      {"nothing is free", region, "db.t4g.medium", 0, time.Hour, "InsufficientDBInstanceCapacity"},
		"every class":    {"nothing is free", region, "", 0, 0, "InsufficientDBInstanceCapacity"},
		"another class":  {"it is free", region, "db.r6g.large", 0, 0, ""},
		"another region": {"it is free", "eu-west-1", "db.t4g.medium", 0, 0, ""},
		"for minutes":    {"not yet", region, "", 10 * time.Minute, 9 * time.Minute, "InsufficientDBInstanceCapacity"},
		"then":           {"it is free again", region, "", 10 * time.Minute, 10 * time.Minute, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, rds.Options{})
			l.rds.NoCapacity(c.region, c.class, c.lasting)
			l.clock.Advance(c.after)
			in := careful()
			in.DBInstanceIdentifier, in.DBSnapshotIdentifier, in.DBInstanceClass = aws.String("lifeboat-x"), aws.String("copy"), aws.String("db.t4g.medium")
			_, err := l.client.RestoreDBInstanceFromDBSnapshot(context.Background(), &in)
			if code(err) != c.want {
				t.Errorf("%s: %v", c.reason, err)
			}
			if made := len(l.rds.Instances(account, region)); (c.want == "") != (made == 1) {
				t.Errorf("%s: %d instances were made", c.reason, made)
			}
		})
	}
}

func TestBusySourceRefusesItsLogsAndNotItsSnapshots(t *testing.T) {
	cases := map[string]struct {
		reason, state string
		after         time.Duration
		want          string
	}{
		"backed up":   {"its logs cannot be restored from", "backing-up", 0, "InvalidDBInstanceState"},
		"modified":    {"likewise", "modifying", 5 * time.Minute, "InvalidDBInstanceState"},
		"optimised":   {"it works as ever", "storage-optimization", 0, ""},
		"stopped":     {"its logs are kept", "stopped", 0, ""},
		"not anymore": {"it is available again", "modifying", 10 * time.Minute, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, rds.Options{})
			source := l.rds.AddInstance(account, region, rds.Instance{Identifier: "orders-prod", RetentionDays: 7})
			l.rds.Busy(source, c.state, 10*time.Minute)
			l.clock.Advance(c.after)
			_, err := l.client.RestoreDBInstanceToPointInTime(context.Background(), &sdk.RestoreDBInstanceToPointInTimeInput{
				SourceDBInstanceIdentifier: aws.String("orders-prod"), TargetDBInstanceIdentifier: aws.String("lifeboat-y"), UseLatestRestorableTime: aws.Bool(true),
				DBSubnetGroupName: aws.String("isolated"), OptionGroupName: aws.String("default:postgres-15"),
			})
			if code(err) != c.want {
				t.Errorf("%s: %v", c.reason, err)
			}
			l.restore(t, careful())
		})
	}
}
