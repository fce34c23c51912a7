package iam_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/iam"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simiam "github.com/lifeboat-dr/lifeboat/pkg/simaws/iam"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account = "111122223333"
	arn     = "arn:aws:iam::111122223333:role/shop"
	other   = "444455556666"
)

// opened is an account with one role. A statement is taken by its action alone:
// "s3:GetObject" is allowed, and "s3:PutObject" denied.
func opened(pause func(context.Context, time.Duration) error, refuse func(*wire.Call) error) (*simiam.Service, *iam.Adapter) {
	c := clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))
	service := simiam.New(c)
	service.AddRole(account, simiam.Role{
		Name: "shop", TrustPolicy: `{"Statement":"one + two"}`,
		Inline:   map[string]string{"own": `{"Statement":[{"Effect":"Allow","Action":"s3:GetObject"},{"Effect":"Deny","Action":"s3:PutObject","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}`},
		Attached: map[string]string{"arn:aws:iam::aws:policy/ReadOnly": `{"Statement":[]}`},
	})
	service.Evaluate = func(policies []json.RawMessage, _, action, _ string, _ map[string]any) (e simiam.Evaluation, err error) {
		for _, p := range policies {
			has := func(effect string) bool {
				return strings.Contains(string(p), `"Effect":"`+effect+`","Action":"`+action+`"`) || strings.Contains(string(p), `"Effect":"`+effect+`","Action":"*"`)
			}
			e.Allowed, e.Explicit = e.Allowed || has("Allow"), e.Explicit || has("Deny")
		}
		e.Allowed = e.Allowed && !e.Explicit
		return e, nil
	}
	cloud := simaws.New(simaws.Options{Clock: c, Authorise: refuse}, map[string]wire.Handler{"iam": service})
	return service, iam.New(awsconfig.New(awsconfig.Options{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: cloud}, Pause: func(time.Duration) {},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
	}), pause)
}

func TestRole(t *testing.T) {
	service, roles := opened(nil, nil)
	service.AddRole(account, simiam.Role{Name: "bounded", Boundary: "arn:aws:iam::111122223333:policy/b"})
	got, there, err := roles.Role(context.Background(), "shop")
	want := seen.Role{
		Name: "shop", ARN: arn, Trust: json.RawMessage(`{"Statement":"one + two"}`), Attached: []string{"arn:aws:iam::aws:policy/ReadOnly"},
		Inline: map[string]json.RawMessage{"own": json.RawMessage(`{"Statement":[{"Effect":"Allow","Action":"s3:GetObject"},{"Effect":"Deny","Action":"s3:PutObject","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}`)},
	}
	if diff := cmp.Diff(want, got); diff != "" || !there || err != nil {
		t.Errorf("%t %v\n%s", there, err, diff)
	}
	if got, there, err := roles.Role(context.Background(), "bounded"); got.Boundary == "" || !there || err != nil {
		t.Errorf("%+v %t %v", got, there, err)
	}
	if _, there, err := roles.Role(context.Background(), "nobody"); there || err != nil {
		t.Errorf("a role that is not there: %t %v", there, err)
	}
}

func TestWhoeverMayNotIsTold(t *testing.T) {
	for _, operation := range []string{"GetRole", "ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies", "SimulatePrincipalPolicy"} {
		_, roles := opened(nil, func(c *wire.Call) error {
			if c.Operation == operation {
				return &wire.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: "User is not authorized"}
			}
			return nil
		})
		_, _, err := roles.Role(context.Background(), "shop")
		if operation == "SimulatePrincipalPolicy" {
			_, err = roles.Simulate(context.Background(), seen.Asked{Role: arn, Actions: []string{"s3:GetObject"}, Resource: "*"})
		}
		var u *seen.Unread
		if !errors.As(err, &u) || !u.Denied() || !strings.HasPrefix(u.Permission, "iam:"+operation+" ") {
			t.Errorf("%s: %v", operation, err)
		}
	}
}

func TestSimulate(t *testing.T) {
	var paused []time.Duration
	service, roles := opened(func(_ context.Context, d time.Duration) error { paused = append(paused, d); return nil }, nil)
	ask := func(resource string, about map[string]any, actions ...string) []seen.Decision {
		t.Helper()
		list, err := roles.Simulate(context.Background(), seen.Asked{Role: arn, Actions: actions, Resource: resource, Context: about})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	told := map[string]any{"aws:SecureTransport": "true", "aws:TagKeys": []string{"a", "b"}}
	same := func(what string, want, got []seen.Decision) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", what, diff)
		}
	}
	same("own policies", []seen.Decision{
		{Action: "s3:GetObject", Allowed: true},
		{Action: "s3:PutObject", Explicit: true, Statements: []string{"role_shop_own 1:58"}},
		{Action: "sqs:SendMessage"},
	}, ask("arn:aws:s3:::b/k", told, "s3:GetObject", "s3:PutObject", "sqs:SendMessage"))
	same("a key that nobody tells", []seen.Decision{{Action: "s3:PutObject", Explicit: true, Statements: []string{"role_shop_own 1:58"}, Missing: []string{"aws:SecureTransport"}}}, ask("*", nil, "s3:PutObject"))
	same("another account's", []seen.Decision{{Action: "s3:GetObject", Identity: "allowed"}}, ask("arn:aws:rds:eu-central-1:"+other+":db:x", told, "s3:GetObject"))
	if len(paused) != 3 {
		t.Errorf("it waited %d times before 3 calls", len(paused))
	}

	service.SetControl(account, json.RawMessage(`{"Statement":[{"Effect":"Allow","Action":"sqs:SendMessage"}]}`))
	same("an organisation that does not allow it", []seen.Decision{{Action: "s3:GetObject", ByOrganisation: true}, {Action: "sqs:SendMessage"}}, ask("*", told, "s3:GetObject", "sqs:SendMessage"))
	service.SetControl(account, json.RawMessage(`{"Statement":[{"Effect":"Allow","Action":"*"}]}`))
	same("one that allows everything", []seen.Decision{{Action: "s3:GetObject", Allowed: true}}, ask("*", told, "s3:GetObject"))
}

// IAM answers a hundred at a time.
func TestDecisionsComeInPages(t *testing.T) {
	_, roles := opened(nil, nil)
	actions := make([]string, 230)
	for i := range actions {
		actions[i] = "s3:GetObject"
	}
	list, err := roles.Simulate(context.Background(), seen.Asked{Role: arn, Actions: actions, Resource: "*"})
	if err != nil || len(list) != len(actions) {
		t.Errorf("%d decisions, %v", len(list), err)
	}
}

func TestABoundary(t *testing.T) {
	service, roles := opened(nil, nil)
	service.AddRole(account, simiam.Role{
		Name: "bounded", Inline: map[string]string{"own": `{"Statement":[{"Effect":"Allow","Action":"*"}]}`},
		Boundary: "arn:aws:iam::111122223333:policy/b", BoundaryPolicy: `{"Statement":[{"Effect":"Allow","Action":"s3:GetObject"}]}`,
	})
	list, err := roles.Simulate(context.Background(), seen.Asked{Role: strings.Replace(arn, "shop", "bounded", 1), Actions: []string{"s3:GetObject", "sqs:SendMessage"}, Resource: "*"})
	want := []seen.Decision{{Action: "s3:GetObject", Allowed: true}, {Action: "sqs:SendMessage", ByBoundary: true}}
	if diff := cmp.Diff(want, list); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
