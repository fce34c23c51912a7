package kms_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account = "111122223333"
	other   = "444455556666"
	region  = "eu-central-1"
	key     = "arn:aws:kms:eu-central-1:111122223333:key/backups"
)

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

type lab struct {
	*sdk.Client
	kms   *kms.Service
	cloud *simaws.Cloud
}

// newLab has a client of the account's role "tester" and the given key.
func newLab(caller string, k kms.Key, holds func(kms.Use) bool) lab {
	c := clock.NewVirtual(start)
	l := lab{kms: kms.New(kms.Options{Clock: c, Holds: holds})}
	k.ID = "backups"
	l.kms.AddKey(account, region, k)
	l.cloud = simaws.New(simaws.Options{Clock: c}, map[string]wire.Handler{"kms": l.kms})
	l.Client = sdk.NewFromConfig(aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: l.cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(caller, "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	return l
}

func code(err error) string {
	if err == nil {
		return ""
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	var failed *wire.Error
	if errors.As(err, &failed) {
		return failed.Code
	}
	return fmt.Sprint(err)
}

func (l lab) describe(id string) (*types.KeyMetadata, error) {
	out, err := l.DescribeKey(context.Background(), &sdk.DescribeKeyInput{KeyId: &id})
	if err != nil {
		return nil, err
	}
	return out.KeyMetadata, nil
}

func TestDescribeKey(t *testing.T) {
	l := newLab(account, kms.Key{Aliases: []string{"alias/backups"}}, nil)
	for _, id := range []string{"backups", key, "alias/backups", "arn:aws:kms:eu-central-1:111122223333:alias/backups"} {
		got, err := l.describe(id)
		if err != nil || *got.Arn != key || *got.KeyId != "backups" || got.KeyState != "Enabled" || !got.Enabled || got.KeyManager != "CUSTOMER" || !got.CreationDate.Equal(start) {
			t.Errorf("%s: %v: %+v", id, err, got)
		}
	}
	l.kms.SetState(key, kms.PendingDeletion)
	got, err := l.describe(key)
	if err != nil || got.KeyState != "PendingDeletion" || got.Enabled || !got.DeletionDate.Equal(start.AddDate(0, 0, 30)) {
		t.Errorf("%v: %+v", err, got)
	}
	for _, call := range l.cloud.Calls() {
		if len(call.Resources) != 1 || call.Resources[0] != key {
			t.Errorf("%s touched %v", call.Operation, call.Resources)
		}
	}
}

func TestDescribeKeyRefusals(t *testing.T) {
	for name, test := range map[string]struct{ caller, id, want, reason string }{
		"gone":          {account, "nothing", "NotFoundException", ""},
		"gone alias":    {account, "alias/nothing", "NotFoundException", ""},
		"service alias": {account, "alias/aws/rds", "NotSimulated", "KMS would make that key"},
		"other region":  {account, "arn:aws:kms:eu-west-1:111122223333:key/backups", "NotFoundException", "a key is of one region"},
		"no ARN":        {account, "arn:aws:rds:x", "InvalidArnException", ""},
		"not let in":    {other, key, "AccessDeniedException", "the default policy knows its own account only"},
		"not told":      {other, key + "x", "AccessDeniedException", "whether it exists is not told"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := newLab(test.caller, kms.Key{}, nil).describe(test.id); code(err) != test.want {
				t.Errorf("%s: got %v, want %s", test.reason, err, test.want)
			}
		})
	}
}

func TestUsable(t *testing.T) {
	none := func(kms.Use) bool { return false }
	forServices := func(u kms.Use) bool { return u.Action != "kms:CreateGrant" || u.ForAWSResource }
	noDecrypt := func(u kms.Use) bool { return u.Action != "kms:Decrypt" }
	shared := []kms.Statement{{Account: account, Principal: "*"}, {Account: other, Principal: "restore"}}
	for name, test := range map[string]struct {
		key                kms.Key
		account, principal string
		holds              func(kms.Use) bool
		want               bool
		reason             string
	}{
		"own":              {kms.Key{}, account, "restore", nil, true, "the default policy delegates to the account"},
		"own, not held":    {kms.Key{}, account, "restore", none, false, "the key policy alone does not do"},
		"conditional":      {kms.Key{}, account, "restore", forServices, true, "RDS asks for an AWS resource"},
		"no decrypt":       {kms.Key{}, account, "restore", noDecrypt, false, "a restore decrypts"},
		"other":            {kms.Key{}, other, "restore", nil, false, "holding the permission alone does not do"},
		"shared":           {kms.Key{Policy: shared}, other, "restore", nil, true, "both sides say so"},
		"shared, not held": {kms.Key{Policy: shared}, other, "restore", none, false, "the caller's side is missing"},
		"other role":       {kms.Key{Policy: shared}, other, "audit", nil, false, "the policy names one role"},
		"nobody":           {kms.Key{Policy: []kms.Statement{}}, account, "restore", nil, false, "an empty policy lets nobody in"},
		"disabled":         {kms.Key{State: kms.Disabled}, account, "restore", nil, false, "not enabled"},
		"pending deletion": {kms.Key{State: kms.PendingDeletion}, account, "restore", nil, false, "not enabled"},
		"AWS's own":        {kms.Key{AWSManaged: true}, account, "restore", nil, true, "through the service"},
		"AWS's own, other": {kms.Key{AWSManaged: true, Policy: shared}, other, "restore", nil, false, "it can never be shared"},
		"services only": {kms.Key{Policy: []kms.Statement{{Account: account, Principal: "restore", OnlyForAWSResources: true}}}, account, "restore", nil, true,
			"RDS asks for an AWS resource"},
	} {
		t.Run(name, func(t *testing.T) {
			want := "KMSKeyNotAccessibleFault"
			if test.want {
				want = ""
			}
			if err := newLab(account, test.key, test.holds).kms.Usable(key, test.account, test.principal); code(err) != want {
				t.Errorf("%s: got %v", test.reason, err)
			}
		})
	}
	if err := newLab(account, kms.Key{}, nil).kms.Usable(key+"x", account, "restore"); code(err) != "KMSKeyNotAccessibleFault" {
		t.Errorf("no such key: %v", err)
	}
}

func TestCreateGrant(t *testing.T) {
	forServices := func(u kms.Use) bool { return u.Action != "kms:CreateGrant" || u.ForAWSResource }
	for name, test := range map[string]struct {
		key    kms.Key
		holds  func(kms.Use) bool
		change func(*sdk.CreateGrantInput)
		want   string
		reason string
	}{
		"granted":        {want: ""},
		"dry run":        {change: func(in *sdk.CreateGrantInput) { in.DryRun = aws.Bool(true) }, want: "DryRunOperationException", reason: "it would have worked"},
		"for services":   {holds: forServices, want: "AccessDeniedException", reason: "the caller is no AWS service"},
		"policy says so": {key: kms.Key{Policy: []kms.Statement{{Account: account, Principal: "tester", OnlyForAWSResources: true}}}, want: "AccessDeniedException", reason: "the same, on the key's side"},
		"AWS's own":      {key: kms.Key{AWSManaged: true}, want: "AccessDeniedException", reason: "only its service grants"},
		"disabled":       {key: kms.Key{State: kms.Disabled}, want: "DisabledException"},
		"deleted":        {key: kms.Key{State: kms.PendingDeletion}, want: "KMSInvalidStateException"},
		"no key":         {change: func(in *sdk.CreateGrantInput) { in.KeyId = aws.String("x") }, want: "NotFoundException"},
		"no operations":  {change: func(in *sdk.CreateGrantInput) { in.Operations = []types.GrantOperation{} }, want: "ValidationException"},
		"unknown":        {change: func(in *sdk.CreateGrantInput) { in.Name = aws.String("x") }, want: "NotSimulated", reason: "parameters that are not simulated fail"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(account, test.key, test.holds)
			in := &sdk.CreateGrantInput{
				KeyId: aws.String(key), GranteePrincipal: aws.String("arn:aws:iam::" + other + ":role/restore"),
				Operations: []types.GrantOperation{"DescribeKey", "CreateGrant", "Decrypt"},
			}
			if test.change != nil {
				test.change(in)
			}
			out, err := l.CreateGrant(context.Background(), in)
			if code(err) != test.want {
				t.Fatalf("%s: got %v, want %s", test.reason, err, test.want)
			}
			usable := l.kms.Usable(key, other, "restore") == nil
			if usable != (err == nil) {
				t.Errorf("the grantee may use the key: %v", usable)
			}
			if err == nil && (*out.GrantId == "" || *out.GrantToken == "") {
				t.Errorf("%+v", out)
			}
		})
	}
}

func TestUnknownOperationFails(t *testing.T) {
	if _, err := newLab(account, kms.Key{}, nil).ListKeys(context.Background(), nil); code(err) != "NotSimulated" {
		t.Errorf("got %v", err)
	}
}
