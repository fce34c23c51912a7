package sts_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sts"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const role = "arn:aws:iam::444455556666:role/lifeboat/restore"

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

func client(o sts.Options, accessKey string) *sdk.Client {
	cloud := simaws.New(simaws.Options{Clock: clock.NewVirtual(start)}, map[string]wire.Handler{"sts": sts.New(o)})
	return sdk.NewFromConfig(aws.Config{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: cloud},
		Credentials: credentials.NewStaticCredentialsProvider(accessKey, "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
}

func code(err error) string {
	if err == nil {
		return ""
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestTheKeysOfARoleAreThatRole(t *testing.T) {
	out, err := client(sts.Options{}, simaws.AccessKey("111122223333", "tester")).AssumeRole(context.Background(),
		&sdk.AssumeRoleInput{RoleArn: aws.String(role), RoleSessionName: aws.String("drill")})
	if err != nil {
		t.Fatal(err)
	}
	if *out.Credentials.AccessKeyId != simaws.AccessKey("444455556666", "restore") || !out.Credentials.Expiration.Equal(start.Add(time.Hour)) {
		t.Errorf("keys %s until %s", *out.Credentials.AccessKeyId, out.Credentials.Expiration)
	}
	if *out.AssumedRoleUser.Arn != "arn:aws:sts::444455556666:assumed-role/restore/drill" {
		t.Errorf("user %s", *out.AssumedRoleUser.Arn)
	}
	me, err := client(sts.Options{}, *out.Credentials.AccessKeyId).GetCallerIdentity(context.Background(), nil)
	if err != nil || *me.Account != "444455556666" || *me.Arn != "arn:aws:sts::444455556666:assumed-role/restore/simaws" || *me.UserId == "" {
		t.Errorf("%v: %+v", err, me)
	}
}

func TestAssumeRoleChecks(t *testing.T) {
	for name, test := range map[string]struct {
		o            sts.Options
		change       func(*sdk.AssumeRoleInput)
		want, reason string
	}{
		"an hour":     {change: func(in *sdk.AssumeRoleInput) { in.DurationSeconds = aws.Int32(3600) }, want: ""},
		"longer":      {change: func(in *sdk.AssumeRoleInput) { in.DurationSeconds = aws.Int32(3601) }, want: "ValidationError", reason: "a role that assumes a role has an hour"},
		"too short":   {change: func(in *sdk.AssumeRoleInput) { in.DurationSeconds = aws.Int32(899) }, want: "ValidationError", reason: "15 minutes at least"},
		"no role":     {change: func(in *sdk.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::444455556666:user/x") }, want: "ValidationError"},
		"session":     {change: func(in *sdk.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") }, want: "ValidationError", reason: "no white space"},
		"not trusted": {o: sts.Options{Trusts: func(arn, account, principal string) bool { return arn != role || principal != "tester" }}, want: "AccessDenied"},
		"policy":      {change: func(in *sdk.AssumeRoleInput) { in.Policy = aws.String("{}") }, want: "NotSimulated", reason: "parameters that are not simulated fail"},
	} {
		t.Run(name, func(t *testing.T) {
			in := &sdk.AssumeRoleInput{RoleArn: aws.String(role), RoleSessionName: aws.String("drill")}
			if test.change != nil {
				test.change(in)
			}
			if _, err := client(test.o, simaws.AccessKey("111122223333", "tester")).AssumeRole(context.Background(), in); code(err) != test.want {
				t.Errorf("%s: got %v, want %q", test.reason, err, test.want)
			}
		})
	}
}

func TestUnknownOperationFails(t *testing.T) {
	if _, err := client(sts.Options{}, simaws.AccessKey("111122223333", "tester")).GetSessionToken(context.Background(), nil); code(err) != "NotSimulated" {
		t.Errorf("got %v", err)
	}
}
