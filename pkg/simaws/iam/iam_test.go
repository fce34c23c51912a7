package iam_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/iam"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const account = "111122223333"

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

func newLab() (*iam.Service, *sdk.Client, *simaws.Cloud) {
	c := clock.NewVirtual(start)
	service := iam.New(c)
	cloud := simaws.New(simaws.Options{Clock: c}, map[string]wire.Handler{"iam": service})
	return service, sdk.NewFromConfig(aws.Config{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}), cloud
}

func TestTheLinkedRoleOfRDS(t *testing.T) {
	service, client, cloud := newLab()
	in := &sdk.GetRoleInput{RoleName: aws.String(iam.LinkedRoleRDS)}
	_, err := client.GetRole(context.Background(), in)
	var gone *types.NoSuchEntityException
	if !errors.As(err, &gone) || service.HasLinkedRoleRDS(account) {
		t.Errorf("a fresh account lacks it: %v", err)
	}
	service.AddLinkedRoleRDS("444455556666")
	if _, err = client.GetRole(context.Background(), in); !errors.As(err, &gone) {
		t.Errorf("another account's is no help: %v", err)
	}
	service.AddLinkedRoleRDS(account)
	out, err := client.GetRole(context.Background(), in)
	if err != nil || !service.HasLinkedRoleRDS(account) {
		t.Fatal(err)
	}
	if *out.Role.Arn != "arn:aws:iam::111122223333:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS" || !out.Role.CreateDate.Equal(start) {
		t.Errorf("%s of %s", *out.Role.Arn, out.Role.CreateDate)
	}
	policy, err := url.QueryUnescape(*out.Role.AssumeRolePolicyDocument)
	if err != nil || !strings.Contains(policy, `"rds.amazonaws.com"`) {
		t.Errorf("%v: %s", err, policy)
	}
	if got := cloud.Calls()[2].Resources; len(got) != 1 || got[0] != *out.Role.Arn {
		t.Errorf("touched %v", got)
	}
}

func TestOtherRolesAndOperations(t *testing.T) {
	service, client, _ := newLab()
	arn := service.AddRole(account, iam.Role{Name: "restore", MaxSession: 2 * time.Hour})
	out, err := client.GetRole(context.Background(), &sdk.GetRoleInput{RoleName: aws.String("restore")})
	if err != nil || *out.Role.Arn != arn || *out.Role.Path != "/" || *out.Role.MaxSessionDuration != 7200 {
		t.Errorf("%v: %+v", err, out)
	}
	_, err = client.ListRoles(context.Background(), nil)
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "NotSimulated" {
		t.Errorf("unknown operations fail: %s", fmt.Sprint(err))
	}
}
