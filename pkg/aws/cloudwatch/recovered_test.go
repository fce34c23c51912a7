package cloudwatch_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simlab "github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

func TestRecovered(t *testing.T) {
	const account, region = "111122223333", "eu-central-1"
	now := clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 30, 0, time.UTC))
	cloud := simlab.New(simlab.Options{Options: simaws.Options{Clock: now, Pause: now.Advance}})
	recovered := cloudwatch.NewRecovered(awsconfig.New(awsconfig.Options{
		Region: region, HTTPClient: &http.Client{Transport: cloud}, Pause: now.Advance,
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "role"), "secret", ""),
	}), now)
	ctx := context.Background()

	replica := cloud.RDS.AddInstance(account, region, simrds.Instance{Identifier: "replica", ReplicaOf: "source", ReplicaLag: 42 * time.Second})
	if lag, err := recovered.ReplicaLag(ctx, region, "replica"); err != nil || !lag.Known || lag.Seconds != 42 || now.Now().Sub(lag.At) > time.Minute {
		t.Errorf("%+v, %v", lag, err)
	}
	replica.Replication = "error"
	for _, name := range []string{"replica", "nobody"} {
		if lag, err := recovered.ReplicaLag(ctx, region, name); err != nil || lag.Known || lag.Why == "" {
			t.Errorf("%s: %+v, %v", name, lag, err)
		}
	}

	alarm := drill.RecoveredAlarm{
		Name: "silent", Description: "d", Database: "db", Metric: "CPUUtilization", Statistic: "SampleCount", Below: 1, PeriodSeconds: 300, Periods: 3, SilenceIsBad: true,
		Topic: "arn:aws:sns:eu-central-1:111122223333:pages", Tags: map[string]string{"lifeboat:deployment": "prod"},
	}
	for range 2 { // the second makes it anew, and there is one
		if err := recovered.Watch(ctx, alarm); err != nil {
			t.Fatal(err)
		}
	}
	made := cloud.Metrics.Alarms()
	if len(made) != 1 || made[0].Comparison != "LessThanThreshold" || made[0].Missing != "breaching" || made[0].Metric.Dimensions["DBInstanceIdentifier"] != "db" || len(made[0].OKActions) != 1 {
		t.Fatalf("%+v", made)
	}
	now.Advance(time.Hour)
	if state := cloud.Metrics.Alarms()[0].State; state != "ALARM" {
		t.Errorf("it says nothing for an hour: %s", state)
	}
}
