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
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sns"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const person = "oncall@example.com"

func subscribe(t *testing.T, s *sns.Service, topic, endpoint string, confirmed bool) string {
	t.Helper()
	arn, err := s.Subscribe(topic, "email", endpoint, confirmed)
	if err != nil {
		t.Fatal(err)
	}
	return arn
}

func subjects(list []sns.Message) []string {
	out := []string{}
	for _, m := range list {
		out = append(out, m.Subject)
	}
	return out
}

const asked = "AWS Notification - Subscription Confirmation"

// Nobody is told anything before they have confirmed, and what they missed is
// not made up for.
func TestOnlyTheConfirmedAreTold(t *testing.T) {
	virtual := clock.NewVirtual(start)
	service := sns.NewWith(sns.Options{Clock: virtual})
	service.AddTopic(account, region, "oncall")
	waiting := subscribe(t, service, topic, person, false)
	subscribe(t, service, topic, "boss@example.com", true)
	deliver := func(subject string) {
		t.Helper()
		virtual.Advance(time.Minute)
		if err := service.Deliver(sns.Message{Topic: topic, Subject: subject, Message: "{}", At: virtual.Now(), Publisher: "cloudwatch.amazonaws.com"}); err != nil {
			t.Fatal(err)
		}
	}
	deliver("first")
	if got := service.Inbox(person); len(got) != 1 || got[0].Subject != asked || !strings.Contains(got[0].Message, topic) || !got[0].At.Equal(start) {
		t.Errorf("asked for confirmation only: %+v", got)
	}
	service.Confirm(waiting)
	deliver("second")
	if diff := cmp.Diff([]string{asked, "second"}, subjects(service.Inbox(person))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{asked, "first", "second"}, subjects(service.Inbox("boss@example.com"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := sns.Message{
		ID: "00000000-0000-4000-8000-000000000002", Topic: topic, Subject: "second", Message: "{}", At: start.Add(2 * time.Minute), Publisher: "cloudwatch.amazonaws.com",
	}
	if diff := cmp.Diff(want, service.Inbox(person)[1]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := service.Inbox("nobody@example.com"); len(got) != 0 {
		t.Errorf("a stranger got %v", got)
	}
	service.Unsubscribe(waiting)
	deliver("third")
	if got := len(service.Inbox(person)); got != 2 {
		t.Errorf("who left got %d messages", got)
	}
}

func TestASubscriptionIsMadeOnce(t *testing.T) {
	service, _, _ := newLab()
	first := subscribe(t, service, topic, person, false)
	if again := subscribe(t, service, topic, person, false); again != first {
		t.Errorf("%s and %s", first, again)
	}
	subscribe(t, service, topic, person, true)
	subscribe(t, service, topic, person, false) // stays confirmed
	if got := service.Subscriptions(); len(got) != 1 || !got[0].Confirmed || got[0].ARN != first {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff([]string{asked, asked, asked}, subjects(service.Inbox(person))); diff != "" {
		t.Errorf("asked until confirmed (-want +got):\n%s", diff)
	}
}

func TestSubscriptionsThatCannotBe(t *testing.T) {
	for name, tc := range map[string]struct {
		topic, protocol, endpoint, want, reason string
	}{
		"queue":      {topic, "sqs", "arn:aws:sqs:eu-central-1:111122223333:q", "NotSimulated", "queues are not simulated here"},
		"function":   {topic, "lambda", "arn:aws:lambda:eu-central-1:111122223333:function:f", "NotSimulated", "nor functions"},
		"no topic":   {topic + "x", "email", person, "NotFound", "a topic is needed"},
		"no address": {topic, "email-json", "oncall", "InvalidParameter", "an address has an @"},
		"list":       {topic, "email", "a@example.com, b@example.com", "InvalidParameter", "one address"},
	} {
		t.Run(name, func(t *testing.T) {
			service, _, _ := newLab()
			_, err := service.Subscribe(tc.topic, tc.protocol, tc.endpoint, true)
			var refused *wire.Error
			if !errors.As(err, &refused) || refused.Code != tc.want || len(service.Inbox(tc.endpoint)) != 0 {
				t.Errorf("%s: %v", tc.reason, err)
			}
		})
	}
}

func TestDeliveriesAreChecked(t *testing.T) {
	service, _, _ := newLab()
	for name, m := range map[string]sns.Message{
		"gone":         {Topic: topic + "x", Message: "x"},
		"empty":        {Topic: topic},
		"long subject": {Topic: topic, Message: "x", Subject: strings.Repeat("x", 100)},
	} {
		if err := service.Deliver(m); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
	service.RemoveTopic(topic)
	if err := service.Deliver(sns.Message{Topic: topic, Message: "x"}); err == nil {
		t.Error("a removed topic takes messages")
	}
	if got := service.Messages(); len(got) != 0 {
		t.Errorf("%v was kept", got)
	}
}

// What is published over the wire reaches the inboxes too, each with its text.
func TestPublishedMessagesArrive(t *testing.T) {
	service, client, _ := newLab()
	subscribe(t, service, topic, person, true)
	if _, err := service.Subscribe(topic, "email-json", "robot@example.com", true); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Publish(context.Background(), &sdk.PublishInput{
		TopicArn: aws.String(topic), Message: aws.String(`{"default":"short","email":"long"}`), MessageStructure: aws.String("json"),
	}); err != nil {
		t.Fatal(err)
	}
	for endpoint, want := range map[string]string{person: "long", "robot@example.com": "short"} {
		if got := service.Inbox(endpoint); len(got) != 2 || got[1].Message != want {
			t.Errorf("%s: %+v", endpoint, got)
		}
	}
}

func TestTopicsAndSubscriptionsAreListed(t *testing.T) {
	service, client, cloud := newLab()
	ctx := context.Background()
	confirmed := subscribe(t, service, topic, person, true)
	for i := range 101 {
		subscribe(t, service, topic, fmt.Sprintf("person-%03d@example.com", i), false)
	}
	other := service.AddTopic(account, region, "another")
	service.AddTopic("444455556666", region, "oncall")
	service.AddTopic(account, "eu-west-1", "oncall")
	subscribe(t, service, other, person, true)

	var got []string
	for pages := sdk.NewListSubscriptionsByTopicPaginator(client, &sdk.ListSubscriptionsByTopicInput{TopicArn: aws.String(topic)}); pages.HasMorePages(); {
		out, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range out.Subscriptions {
			if *s.Protocol != "email" || *s.TopicArn != topic || *s.Owner != account {
				t.Errorf("%s of %s, owner %s", *s.Protocol, *s.TopicArn, *s.Owner)
			}
			got = append(got, *s.Endpoint+" "+*s.SubscriptionArn)
		}
	}
	if len(got) != 102 || got[0] != person+" "+confirmed || got[101] != "person-100@example.com PendingConfirmation" {
		t.Errorf("%d: %v ... %v", len(got), got[0], got[len(got)-1])
	}
	if touched := cloud.Calls()[0].Resources; len(touched) != 1 || touched[0] != topic {
		t.Errorf("touched %v", touched)
	}

	attributes, err := client.GetTopicAttributes(ctx, &sdk.GetTopicAttributesInput{TopicArn: aws.String(topic)})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"TopicArn": topic, "Owner": account, "SubscriptionsConfirmed": "1", "SubscriptionsPending": "101"}
	if diff := cmp.Diff(want, attributes.Attributes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	topics, err := client.ListTopics(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(topics.Topics) != 2 || *topics.Topics[0].TopicArn != other || *topics.Topics[1].TopicArn != topic {
		t.Errorf("%+v", topics.Topics)
	}

	stranger := sdk.NewFromConfig(aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: cloud}, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("444455556666", "tester"), "secret", ""),
	})
	_, foreign := stranger.ListSubscriptionsByTopic(ctx, &sdk.ListSubscriptionsByTopicInput{TopicArn: aws.String(topic)})
	_, gone := client.GetTopicAttributes(ctx, &sdk.GetTopicAttributesInput{TopicArn: aws.String(topic + "x")})
	_, token := client.ListTopics(ctx, &sdk.ListTopicsInput{NextToken: aws.String("x")})
	for what, c := range map[string][2]string{
		"another account": {code(foreign), "AuthorizationError"}, "no such topic": {code(gone), "NotFound"}, "a strange token": {code(token), "InvalidParameter"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %q, want %q", what, c[0], c[1])
		}
	}
}
