package lab_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdkevents "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	sdksqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/eventbridge"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/scheduler"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sqs"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
)

// What a deployment does by itself, from end to end: an event of the wire and a
// schedule start a function that nobody waits for; it calls the cloud, fails,
// and ends up in a queue that the wire reads.
func TestWhatHappensByItself(t *testing.T) {
	v := clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))
	var (
		cloud   *lab.Cloud
		ran     int
		visible []int
	)
	const function = "arn:aws:lambda:eu-central-1:111122223333:function:listener"
	config := func() aws.Config {
		return aws.Config{
			Region: region, HTTPClient: &http.Client{Transport: cloud}, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
			Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
		}
	}
	queue := "arn:aws:sqs:eu-central-1:111122223333:undelivered"
	url := "https://sqs.eu-central-1.amazonaws.com/111122223333/undelivered"
	asynchronous := lambda.NewAsynchronous(lambda.AsyncOptions{
		Clock: v, Go: func(f func()) { v.Go(f) },
		Run: func(string, []byte) (string, []byte, error) {
			ran++
			v.Sleep(time.Second)
			if _, err := sdksqs.NewFromConfig(config()).GetQueueUrl(context.Background(), &sdksqs.GetQueueUrlInput{QueueName: aws.String("undelivered")}); err != nil {
				t.Error(err)
			}
			return "Unhandled", []byte(`{"errorMessage":"broken"}`), nil
		},
		DeadLetter: func(_ string, f lambda.Failure) error { return cloud.SQS.Put(queue, string(f.Payload), f.Attributes()) },
		Lost:       func(_ string, _ lambda.Failure, err error) { t.Error(err) },
	})
	cloud = lab.New(lab.Options{
		Options: simaws.Options{Clock: v},
		Rules: eventbridge.Options{Deliver: func(_ eventbridge.Rule, to eventbridge.Target, event []byte) error {
			asynchronous.Invoke(to.ARN, event)
			return nil
		}},
		Scheduler: scheduler.Options{
			Deliver:    func(scheduler.Schedule, []byte) error { return errors.New("no answer") },
			DeadLetter: func(u scheduler.Undelivered) error { return cloud.SQS.Put(queue, u.Body(), u.Attributes()) },
		},
		SQS: sqs.Options{OnChange: func(_ sqs.Queue, n int) { visible = append(visible, n) }},
	})
	cloud.Lambda.Attach(asynchronous)
	if got := cloud.SQS.AddQueue(account, region, "undelivered", sqs.Queue{}); got != queue {
		t.Fatal(got)
	}
	err := cloud.Rules.AddRule(eventbridge.Rule{
		ARN: "arn:aws:events:eu-central-1:111122223333:rule/r", Enabled: true, Pattern: json.RawMessage(`{"source": ["lifeboat"]}`),
		Targets: []eventbridge.Target{{ID: "t", ARN: function, Input: json.RawMessage(`{"from":"rule"}`)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	none := 0
	err = cloud.Scheduler.AddSchedule(scheduler.Schedule{
		Name: "s", Account: account, Region: region, Expression: "cron(30 3 * * ? 2026)", Enabled: true, TargetARN: function, RoleARN: "arn:aws:iam::111122223333:role/r",
		Input: `{"from":"schedule"}`, DeadLetter: queue, MaxRetries: &none,
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := sdkevents.NewFromConfig(config()).PutEvents(context.Background(), &sdkevents.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		{Source: aws.String("lifeboat"), DetailType: aws.String("x"), Detail: aws.String("{}")},
	}})
	if err != nil || out.FailedEntryCount != 0 {
		t.Fatalf("%v: %+v", err, out)
	}
	v.Advance(time.Hour)
	got, err := sdksqs.NewFromConfig(config()).ReceiveMessage(context.Background(), &sdksqs.ReceiveMessageInput{
		QueueUrl: aws.String(url), MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var letters []string
	for _, m := range got.Messages {
		for _, name := range []string{"ErrorMessage", "ERROR_CODE"} {
			if a, there := m.MessageAttributes[name]; there {
				letters = append(letters, fmt.Sprint(*m.Body, " ", *a.StringValue))
			}
		}
	}
	want := []string{
		`{"from":"rule"} broken`,
		`{"FunctionName":"` + function + `","InvocationType":"Event","Payload":"{\"from\":\"schedule\"}"} AWS.Scheduler.InternalServerError`,
	}
	if diff := cmp.Diff(want, letters); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{1, 2, 0}, visible); diff != "" || ran != 3 {
		t.Errorf("%d attempts, %s", ran, diff)
	}
}
