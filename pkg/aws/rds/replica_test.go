package rds_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

func TestReplicasAreRead(t *testing.T) {
	const account, region, source = "111122223333", "eu-central-1", "arn:aws:rds:eu-west-1:111122223333:db:orders-prod"
	in := func(refuse error) (aws.Config, *lab.Cloud) {
		cloud := lab.New(lab.Options{Options: simaws.Options{
			Clock: clock.NewVirtual(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)), Authorise: func(*wire.Call) error { return refuse },
		}})
		return awsconfig.New(awsconfig.Options{
			Region: region, HTTPClient: &http.Client{Transport: cloud}, Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
		}), cloud
	}
	cfg, cloud := in(nil)
	replica := cloud.RDS.AddInstance(account, region, simrds.Instance{Identifier: "orders-replica", ReplicaOf: source})
	replicas := rds.NewReplicas(cfg)
	for name, c := range map[string]struct {
		of, replication string
		want            seen.Replica
	}{
		"replicates": {source, "", seen.Replica{Source: source, Replication: "replicating"}},
		"stopped":    {source, "stopped", seen.Replica{Source: source, Replication: "stopped"}},
		"promoted":   {"", "", seen.Replica{}},
	} {
		replica.ReplicaOf, replica.Replication = c.of, c.replication
		c.want.ARN, c.want.Status = "arn:aws:rds:eu-central-1:111122223333:db:orders-replica", "available"
		if got, there, err := replicas.Replica(context.Background(), "orders-replica"); err != nil || !there || got != c.want {
			t.Errorf("%s: %+v, %t, %v", name, got, there, err)
		}
	}
	if _, there, err := replicas.Replica(context.Background(), "none"); there || err != nil {
		t.Errorf("%t, %v", there, err)
	}
	cfg, _ = in(&wire.Error{Code: "AccessDenied", Message: "no", Status: http.StatusForbidden})
	_, _, err := rds.NewReplicas(cfg).Replica(context.Background(), "orders-replica")
	var unread *seen.Unread
	if !errors.As(err, &unread) || !unread.Denied() || unread.Permission == "" {
		t.Errorf("%v", err)
	}
}
