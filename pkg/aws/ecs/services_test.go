package ecs_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/ecs"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simecs "github.com/lifeboat-dr/lifeboat/pkg/simaws/ecs"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const account, region = "111122223333", "eu-central-1"

func services(refuse error) (ecs.Services, *lab.Cloud) {
	cloud := lab.New(lab.Options{Options: simaws.Options{
		Clock: clock.NewVirtual(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)), Authorise: func(*wire.Call) error { return refuse },
	}})
	return ecs.New(awsconfig.New(awsconfig.Options{
		Region: region, HTTPClient: &http.Client{Transport: cloud}, Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
	})), cloud
}

func TestServicesAreRead(t *testing.T) {
	s, cloud := services(nil)
	web := &simecs.Workload{Cluster: "orders", Name: "web", Desired: 3, Running: 2, Pending: 1}
	arn := cloud.ECS.AddService(account, region, web)
	read := func() (seen.Service, bool) {
		t.Helper()
		service, there, err := s.Service(context.Background(), arn)
		if err != nil {
			t.Fatal(err)
		}
		return service, there
	}
	got, there := read()
	if diff := cmp.Diff(seen.Service{Desired: 3, Running: 2, Max: -1}, got); diff != "" || !there {
		t.Error(there, diff)
	}
	web.Status = "DRAINING"
	if got, there := read(); !there || !got.Leaving {
		t.Errorf("on its way out: %+v, %t", got, there)
	}
	web.Status = "INACTIVE"
	if _, there := read(); there {
		t.Error("one that was deleted is still there")
	}
	for name, arn := range map[string]string{"service": wire.ARN("ecs", region, account, "service/orders/none"), "cluster": wire.ARN("ecs", region, account, "service/none/web")} {
		if _, there, err := s.Service(context.Background(), arn); there || err != nil {
			t.Errorf("no such %s: %t, %v", name, there, err)
		}
	}
}

func TestWhoMayNotReadIsToldWhatItTakes(t *testing.T) {
	s, _ := services(&wire.Error{Code: "AccessDeniedException", Message: "no"})
	_, _, err := s.Service(context.Background(), wire.ARN("ecs", region, account, "service/orders/web"))
	var unread *seen.Unread
	if !errors.As(err, &unread) || !unread.Denied() || unread.Permission != "ecs:DescribeServices on it" {
		t.Errorf("%v", err)
	}
}
