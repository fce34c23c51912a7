package stacks_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// What is not modelled fails by name; a stack of another account or region is none.
func TestWhatIsRefused(t *testing.T) {
	service := stacks.New()
	for _, at := range []stacks.Stack{
		{Account: "111122223333", Region: "eu-central-1", Name: "mine"},
		{Account: "444455556666", Region: "eu-central-1", Name: "theirs"}, {Account: "111122223333", Region: "eu-west-1", Name: "elsewhere"},
	} {
		service.Put(at)
	}
	c := clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))
	cloud := simaws.New(simaws.Options{Clock: c}, map[string]wire.Handler{"cloudformation": service})
	client := cloudformation.NewFromConfig(aws.Config{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: cloud}, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "tester"), "secret", ""),
	})
	describe := func(name *string) error {
		_, err := client.DescribeStacks(context.Background(), &cloudformation.DescribeStacksInput{StackName: name})
		return err
	}
	if err := describe(aws.String("mine")); err != nil {
		t.Error(err)
	}
	_, changeSet := client.GetTemplate(context.Background(), &cloudformation.GetTemplateInput{StackName: aws.String("mine"), ChangeSetName: aws.String("c")})
	_, events := client.DescribeStackEvents(context.Background(), &cloudformation.DescribeStackEventsInput{StackName: aws.String("mine")})
	for what, c := range map[string]struct {
		err  error
		code string
	}{
		"another account's": {describe(aws.String("theirs")), "ValidationError"},
		"another region's":  {describe(aws.String("elsewhere")), "ValidationError"},
		"all of them":       {describe(nil), "NotSimulated"},
		"of a change set":   {changeSet, "NotSimulated"},
		"events":            {events, "NotSimulated"},
	} {
		var answered smithy.APIError
		if !errors.As(c.err, &answered) || answered.ErrorCode() != c.code {
			t.Errorf("%s: %v", what, c.err)
		}
	}
}
