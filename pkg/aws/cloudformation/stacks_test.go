package cloudformation_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudformation"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
)

func opened(refuse func(*wire.Call) error) (*stacks.Service, cloudformation.Adapter) {
	service := stacks.New()
	c := clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))
	cloud := simaws.New(simaws.Options{Clock: c, Authorise: refuse}, map[string]wire.Handler{"cloudformation": service})
	return service, cloudformation.New(awsconfig.New(awsconfig.Options{
		Region: region, HTTPClient: &http.Client{Transport: cloud}, Pause: func(time.Duration) {},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
	}))
}

func TestStacks(t *testing.T) {
	service, adapter := opened(nil)
	many, physical := map[string]stacks.Resource{}, map[string]string{}
	for i := range 230 { // they come in pages
		id := fmt.Sprintf("R%03d", i)
		many[id], physical[id] = stacks.Resource{Type: "AWS::SQS::Queue", Physical: "q" + id}, "q"+id
	}
	service.Put(stacks.Stack{
		Account: account, Region: region, Name: "one", Status: "UPDATE_FAILED", Reason: "because", Template: `{"Description": "Ünique"}`,
		Outputs: map[string]string{"Version": "0.5.0"}, Resources: many,
	})
	s, there, err := adapter.Stack(context.Background(), "one")
	want := seen.Stack{Name: "one", Status: "UPDATE_FAILED", Reason: "because", Outputs: map[string]string{"Version": "0.5.0"}}
	if diff := cmp.Diff(want, s); diff != "" || !there || err != nil {
		t.Errorf("%t %v\n%s", there, err, diff)
	}
	if text, err := adapter.Template(context.Background(), "one"); string(text) != `{"Description": "?nique"}` || err != nil {
		t.Errorf("%s %v", text, err)
	}
	got, err := adapter.Resources(context.Background(), "one")
	if diff := cmp.Diff(physical, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, there, err := adapter.Stack(context.Background(), "two"); there || err != nil {
		t.Errorf("a stack that is not there: %t %v", there, err)
	}
	service.Remove(account, region, "one")
	if _, there, err := adapter.Stack(context.Background(), "one"); there || err != nil {
		t.Errorf("a stack that was removed: %t %v", there, err)
	}
}

func TestWhoeverMayNotIsTold(t *testing.T) {
	service, adapter := opened(func(*wire.Call) error {
		return &wire.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: "User is not authorized"}
	})
	service.Put(stacks.Stack{Account: account, Region: region, Name: "one"})
	_, _, described := adapter.Stack(context.Background(), "one")
	_, read := adapter.Template(context.Background(), "one")
	_, listed := adapter.Resources(context.Background(), "one")
	for permission, err := range map[string]error{"DescribeStacks": described, "GetTemplate": read, "ListStackResources": listed} {
		var u *seen.Unread
		if !errors.As(err, &u) || !u.Denied() || !strings.HasPrefix(u.Permission, "cloudformation:"+permission+" ") {
			t.Errorf("%s: %v", permission, err)
		}
	}
}

// What is refused for another reason than that the stack is not there is no
// absence.
func TestRefusedIsNotGone(t *testing.T) {
	_, adapter := opened(func(*wire.Call) error { return wire.Errorf("ValidationError", "Rate of requests is invalid") })
	if _, there, err := adapter.Stack(context.Background(), "one"); there || err == nil {
		t.Errorf("%t %v", there, err)
	}
}
