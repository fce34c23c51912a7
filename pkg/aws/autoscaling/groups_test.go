package autoscaling_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/autoscaling"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simautoscaling "github.com/lifeboat-dr/lifeboat/pkg/simaws/autoscaling"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const account, region = "111122223333", "eu-central-1"

func groups(refuse error) (autoscaling.Groups, *lab.Cloud) {
	cloud := lab.New(lab.Options{Options: simaws.Options{
		Clock: clock.NewVirtual(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)), Authorise: func(*wire.Call) error { return refuse },
	}})
	return autoscaling.New(awsconfig.New(awsconfig.Options{
		Region: region, HTTPClient: &http.Client{Transport: cloud}, Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
	})), cloud
}

func TestGroupsAreRead(t *testing.T) {
	g, cloud := groups(nil)
	workers := &simautoscaling.Group{Name: "orders workers", Max: 10, Desired: 3, InService: 2, Unhealthy: 1, Suspended: []string{"Launch"}}
	arn := cloud.Scaling.AddGroup(account, region, workers)
	cloud.Scaling.AddGroup(account, "eu-west-1", &simautoscaling.Group{Name: "elsewhere"})
	got, there, err := g.Service(context.Background(), arn)
	if diff := cmp.Diff(seen.Service{Desired: 3, Running: 2, Max: 10, Suspended: []string{"Launch"}}, got); diff != "" || !there || err != nil {
		t.Error(there, err, diff)
	}
	workers.Status = "Delete in progress"
	if got, there, err := g.Service(context.Background(), arn); !there || err != nil || !got.Leaving {
		t.Errorf("on its way out: %+v, %t, %v", got, there, err)
	}
	if _, there, err := g.Service(context.Background(), wire.ARN("autoscaling", region, account, "autoScalingGroup:1:autoScalingGroupName/elsewhere")); there || err != nil {
		t.Errorf("%t, %v", there, err)
	}
}

func TestWhoMayNotReadIsToldWhatItTakes(t *testing.T) {
	g, _ := groups(&wire.Error{Code: "AccessDenied", Message: "no", Status: http.StatusForbidden})
	_, _, err := g.Service(context.Background(), wire.ARN("autoscaling", region, account, "autoScalingGroup:1:autoScalingGroupName/workers"))
	var unread *seen.Unread
	if !errors.As(err, &unread) || !unread.Denied() || unread.Permission != "autoscaling:DescribeAutoScalingGroups" {
		t.Errorf("%v", err)
	}
}
