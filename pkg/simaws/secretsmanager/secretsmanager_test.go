package secretsmanager_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/secretsmanager"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account  = "111122223333"
	region   = "eu-central-1"
	instance = "arn:aws:rds:eu-central-1:111122223333:db:lifeboat-x"
)

// RDS keeps its master passwords here.
var _ rds.Secrets = (*secretsmanager.Service)(nil)

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

type lab struct {
	clock   *clock.Virtual
	cloud   *simaws.Cloud
	secrets *secretsmanager.Service
}

func newLab(o secretsmanager.Options) lab {
	l := lab{clock: clock.NewVirtual(start)}
	o.Clock = l.clock
	l.secrets = secretsmanager.New(o)
	l.cloud = simaws.New(simaws.Options{Clock: l.clock}, map[string]wire.Handler{"secretsmanager": l.secrets})
	return l
}

func (l lab) client(account, region string) *sdk.Client {
	return sdk.NewFromConfig(aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: l.cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
}

func (l lab) value(in *sdk.GetSecretValueInput) (*sdk.GetSecretValueOutput, error) {
	return l.client(account, region).GetSecretValue(context.Background(), in)
}

// text is the value under a label, or the code of the error.
func (l lab) text(arn string, stage *string) string {
	out, err := l.value(&sdk.GetSecretValueInput{SecretId: &arn, VersionStage: stage})
	if err != nil {
		return code(err)
	}
	return *out.SecretString
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestManagedMasterSecret(t *testing.T) {
	l := newLab(secretsmanager.Options{})
	arn := l.secrets.Create(account, region, instance, "app", "one")
	if got := l.text(arn, nil); got != `{"password":"one","username":"app"}` {
		t.Errorf("value %s", got)
	}
	out, err := l.client(account, region).DescribeSecret(context.Background(), &sdk.DescribeSecretInput{SecretId: &arn})
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^rds!db-[0-9a-f-]{36}$`).MatchString(*out.Name) || !strings.HasPrefix(arn, "arn:aws:secretsmanager:eu-central-1:111122223333:secret:"+*out.Name+"-") {
		t.Errorf("name %s, ARN %s", *out.Name, arn)
	}
	if *out.Tags[0].Key != "aws:rds:primaryDBInstanceArn" || *out.Tags[0].Value != instance || *out.OwningService != "rds" {
		t.Errorf("tags %v, owner %s", out.Tags, *out.OwningService)
	}
	if !*out.RotationEnabled || *out.RotationRules.AutomaticallyAfterDays != 7 || !out.NextRotationDate.Equal(start.AddDate(0, 0, 7)) {
		t.Errorf("rotation %v %+v, next %s", *out.RotationEnabled, out.RotationRules, out.NextRotationDate)
	}
	for id, stages := range out.VersionIdsToStages {
		if len(id) != 36 || len(stages) != 1 || stages[0] != "AWSCURRENT" {
			t.Errorf("version %s: %v", id, stages)
		}
	}
	l.secrets.Delete(arn)
	if got := l.text(arn, nil); got != "ResourceNotFoundException" {
		t.Errorf("it goes with the instance: %s", got)
	}
}

func TestAManagedSecretHasNoValueAtFirst(t *testing.T) {
	l := newLab(secretsmanager.Options{NoValueFor: time.Minute})
	arn := l.secrets.Create(account, region, instance, "app", "one")
	_, err := l.value(&sdk.GetSecretValueInput{SecretId: &arn})
	if code(err) != "ResourceNotFoundException" || !strings.Contains(err.Error(), "AWSCURRENT") {
		t.Errorf("at first: %v", err)
	}
	l.clock.Advance(time.Minute)
	if got := l.text(arn, nil); !strings.Contains(got, "one") {
		t.Errorf("later: %s", got)
	}
}

func TestRotation(t *testing.T) {
	l := newLab(secretsmanager.Options{})
	arn := l.secrets.Create(account, region, instance, "app", "one")
	check := func(when string, want map[string]string) {
		t.Helper()
		for stage, text := range want {
			if got := l.text(arn, &stage); !strings.Contains(got, text) {
				t.Errorf("%s, %s: %s, want %s", when, stage, got, text)
			}
		}
	}
	gone := "ResourceNotFoundException"
	check("before", map[string]string{"AWSCURRENT": "one", "AWSPENDING": gone, "AWSPREVIOUS": gone})
	l.clock.Advance(time.Hour)
	l.secrets.Rotate(arn, "app", "two")
	check("while it rotates", map[string]string{"AWSCURRENT": "one", "AWSPENDING": "two", "AWSPREVIOUS": gone})
	l.secrets.Rotated(arn)
	check("after", map[string]string{"AWSCURRENT": "two", "AWSPENDING": gone, "AWSPREVIOUS": "one"})
	out, err := l.client(account, region).DescribeSecret(context.Background(), &sdk.DescribeSecretInput{SecretId: &arn})
	if err != nil || !out.LastRotatedDate.Equal(start.Add(time.Hour)) || len(out.VersionIdsToStages) != 2 {
		t.Errorf("%v: %+v", err, out)
	}
}

func TestNamesAndVersions(t *testing.T) {
	l := newLab(secretsmanager.Options{})
	arn := l.secrets.Add(account, region, secretsmanager.Secret{Name: "orders/check", Value: "s"})
	for _, id := range []string{"orders/check", arn, arn[:len(arn)-7]} {
		if got := l.text(id, nil); got != "s" {
			t.Errorf("%s: %s", id, got)
		}
	}
	out, err := l.value(&sdk.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		t.Fatal(err)
	}
	again, err := l.value(&sdk.GetSecretValueInput{SecretId: &arn, VersionId: out.VersionId})
	if err != nil || *again.SecretString != "s" {
		t.Errorf("by its id: %v", err)
	}
	for _, call := range l.cloud.Calls() {
		if len(call.Resources) != 1 || call.Resources[0] != arn {
			t.Errorf("%s touched %v", call.Operation, call.Resources)
		}
	}
}

func TestRefusals(t *testing.T) {
	l := newLab(secretsmanager.Options{})
	arn := l.secrets.Add(account, region, secretsmanager.Secret{Name: "orders", Value: "s"})
	doomed := l.secrets.Add(account, region, secretsmanager.Secret{Name: "doomed", Value: "s"})
	l.secrets.MarkForDeletion(doomed)
	out, err := l.value(&sdk.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		account, region string
		in              sdk.GetSecretValueInput
		want, reason    string
	}{
		"gone":          {account, region, sdk.GetSecretValueInput{SecretId: aws.String("x")}, "ResourceNotFoundException", ""},
		"empty":         {account, region, sdk.GetSecretValueInput{SecretId: aws.String("")}, "InvalidParameterException", ""},
		"other account": {"444455556666", region, sdk.GetSecretValueInput{SecretId: &arn}, "AccessDeniedException", "only the owner reads it"},
		"their own":     {"444455556666", region, sdk.GetSecretValueInput{SecretId: aws.String("orders")}, "ResourceNotFoundException", "a name is of the caller's account"},
		"other region":  {account, "eu-west-1", sdk.GetSecretValueInput{SecretId: &arn}, "ResourceNotFoundException", "a secret is of one region"},
		"marked":        {account, region, sdk.GetSecretValueInput{SecretId: &doomed}, "InvalidRequestException", "it is marked for deletion"},
		"no version":    {account, region, sdk.GetSecretValueInput{SecretId: &arn, VersionId: aws.String(strings.Repeat("0", 36))}, "ResourceNotFoundException", ""},
		"disagreement":  {account, region, sdk.GetSecretValueInput{SecretId: &arn, VersionId: out.VersionId, VersionStage: aws.String("AWSPENDING")}, "InvalidRequestException", "id and label name different versions"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := l.client(test.account, test.region).GetSecretValue(context.Background(), &test.in); code(err) != test.want {
				t.Errorf("%s: got %v, want %s", test.reason, err, test.want)
			}
		})
	}
	described, err := l.client(account, region).DescribeSecret(context.Background(), &sdk.DescribeSecretInput{SecretId: &doomed})
	if err != nil || !described.DeletedDate.Equal(start.AddDate(0, 0, 30)) || described.RotationEnabled != nil {
		t.Errorf("a marked secret can be described: %v, %+v", err, described)
	}
	if _, err := l.client(account, region).ListSecrets(context.Background(), nil); code(err) != "NotSimulated" {
		t.Errorf("unknown operations fail: %v", err)
	}
}
