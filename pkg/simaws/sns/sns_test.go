package sns_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sns"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
	topic   = "arn:aws:sns:eu-central-1:111122223333:oncall"
)

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

func newLab() (*sns.Service, *sdk.Client, *simaws.Cloud) {
	service := sns.New()
	service.AddTopic(account, region, "oncall")
	cloud := simaws.New(simaws.Options{Clock: clock.NewVirtual(start)}, map[string]wire.Handler{"sns": service})
	return service, sdk.NewFromConfig(aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}), cloud
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

func TestWhatIsPublishedIsKept(t *testing.T) {
	service, client, cloud := newLab()
	out, err := client.Publish(context.Background(), &sdk.PublishInput{
		TopicArn: aws.String(topic), Subject: aws.String("orders-db: FailureDirty"), Message: aws.String("left behind: <lifeboat-x> & more\nsecond line"),
		MessageAttributes: map[string]types.MessageAttributeValue{"ending": {DataType: aws.String("String"), StringValue: aws.String("FailureDirty")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []sns.Message{{
		ID: *out.MessageId, Topic: topic, Subject: "orders-db: FailureDirty", Message: "left behind: <lifeboat-x> & more\nsecond line",
		Attributes: map[string]string{"ending": "FailureDirty"}, At: start, Publisher: "arn:aws:sts::111122223333:assumed-role/tester/simaws",
	}}
	if diff := cmp.Diff(want, service.Messages()); diff != "" {
		t.Error(diff)
	}
	if got := cloud.Calls()[0].Resources; len(got) != 1 || got[0] != topic {
		t.Errorf("touched %v", got)
	}
}

func TestPublishChecks(t *testing.T) {
	for name, test := range map[string]struct {
		change       func(*sdk.PublishInput)
		want, reason string
	}{
		"whole message": {func(in *sdk.PublishInput) { in.Message = aws.String(strings.Repeat("x", 256<<10)) }, "", "256 KiB pass"},
		"too long":      {func(in *sdk.PublishInput) { in.Message = aws.String(strings.Repeat("x", 256<<10+1)) }, "InvalidParameter", "one more does not"},
		"empty":         {func(in *sdk.PublishInput) { in.Message = aws.String("") }, "InvalidParameter", ""},
		"whole subject": {func(in *sdk.PublishInput) { in.Subject = aws.String(strings.Repeat("ä", 99)) }, "", "fewer than 100 characters pass"},
		"long subject":  {func(in *sdk.PublishInput) { in.Subject = aws.String(strings.Repeat("ä", 100)) }, "InvalidParameter", "one more does not"},
		"line break":    {func(in *sdk.PublishInput) { in.Subject = aws.String("a\nb") }, "InvalidParameter", "no line breaks"},
		"control":       {func(in *sdk.PublishInput) { in.Subject = aws.String("a\x07b") }, "InvalidParameter", "no control characters"},
		"no subject":    {func(in *sdk.PublishInput) { in.Subject = aws.String("") }, "InvalidParameter", "left out is not empty"},
		"gone":          {func(in *sdk.PublishInput) { in.TopicArn = aws.String(topic + "x") }, "NotFound", ""},
		"other region": {func(in *sdk.PublishInput) { in.TopicArn = aws.String(strings.Replace(topic, region, "eu-west-1", 1)) }, "InvalidParameter",
			"a topic is of one region"},
		"other account": {func(in *sdk.PublishInput) {
			in.TopicArn = aws.String(strings.Replace(topic, account, "444455556666", 1))
		}, "AuthorizationError", ""},
		"no ARN": {func(in *sdk.PublishInput) { in.TopicArn = aws.String("oncall") }, "InvalidParameter", ""},
		"json": {func(in *sdk.PublishInput) {
			in.MessageStructure, in.Message = aws.String("json"), aws.String(`{"default":"x"}`)
		}, "", ""},
		"no default": {func(in *sdk.PublishInput) {
			in.MessageStructure, in.Message = aws.String("json"), aws.String(`{"email":"x"}`)
		}, "InvalidParameter", "a default is required"},
		"no json": {func(in *sdk.PublishInput) { in.MessageStructure = aws.String("json") }, "InvalidParameter", ""},
		"phone":   {func(in *sdk.PublishInput) { in.TopicArn, in.PhoneNumber = nil, aws.String("+49") }, "NotSimulated", "parameters that are not simulated fail"},
		"fifo":    {func(in *sdk.PublishInput) { in.MessageGroupId = aws.String("g") }, "NotSimulated", "neither are FIFO topics"},
		"no attribute": {func(in *sdk.PublishInput) {
			in.MessageAttributes = map[string]types.MessageAttributeValue{"a": {DataType: aws.String("String"), StringValue: aws.String("")}}
		}, "ParameterValueInvalid", "an attribute has a value"},
	} {
		t.Run(name, func(t *testing.T) {
			service, client, _ := newLab()
			in := &sdk.PublishInput{TopicArn: aws.String(topic), Message: aws.String("hello")}
			test.change(in)
			_, err := client.Publish(context.Background(), in)
			if code(err) != test.want {
				t.Errorf("%s: got %v, want %q", test.reason, err, test.want)
			}
			if got := len(service.Messages()); (got == 1) != (err == nil) {
				t.Errorf("%d messages were kept", got)
			}
		})
	}
}

func TestErrorsHaveTheirTypes(t *testing.T) {
	_, client, _ := newLab()
	_, err := client.Publish(context.Background(), &sdk.PublishInput{TopicArn: aws.String(topic + "x"), Message: aws.String("hello")})
	var gone *types.NotFoundException
	if !errors.As(err, &gone) {
		t.Errorf("got %v", err)
	}
	if _, err := client.CreateTopic(context.Background(), &sdk.CreateTopicInput{Name: aws.String("x")}); code(err) != "NotSimulated" {
		t.Errorf("unknown operations fail: %v", err)
	}
}
