package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sqs"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	arn = "arn:aws:sqs:eu-central-1:111122223333:undelivered"
	url = "https://sqs.eu-central-1.amazonaws.com/111122223333/undelivered"
)

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

type lab struct {
	*sdk.Client
	clock   *clock.Virtual
	cloud   *simaws.Cloud
	queues  *sqs.Service
	visible []string // what was told of it
}

func newLab(t *testing.T, q sqs.Queue) *lab {
	t.Helper()
	l := &lab{clock: clock.NewVirtual(start)}
	l.queues = sqs.New(sqs.Options{Clock: l.clock, OnChange: func(q sqs.Queue, visible int) {
		l.visible = append(l.visible, fmt.Sprintf("%v %s %d", l.clock.Now().Sub(start), q.ARN[strings.LastIndex(q.ARN, ":")+1:], visible))
	}})
	if got := l.queues.AddQueue("111122223333", "eu-central-1", "undelivered", q); got != arn {
		t.Fatal(got)
	}
	l.cloud = simaws.New(simaws.Options{Clock: l.clock}, map[string]wire.Handler{"sqs": l.queues})
	l.Client = sdk.NewFromConfig(aws.Config{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: l.cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	return l
}

func (l *lab) put(t *testing.T, body string) {
	t.Helper()
	if err := l.queues.Put(arn, body, map[string]string{"ERROR_CODE": "NO_PERMISSIONS"}); err != nil {
		t.Fatal(err)
	}
}

func (l *lab) receive(t *testing.T, change func(*sdk.ReceiveMessageInput)) []types.Message {
	t.Helper()
	in := &sdk.ReceiveMessageInput{QueueUrl: aws.String(url), MaxNumberOfMessages: 10}
	if change != nil {
		change(in)
	}
	out, err := l.ReceiveMessage(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out.Messages
}

func bodies(messages []types.Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, *m.Body)
	}
	return strings.Join(all, " ")
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

func TestThereAndBack(t *testing.T) {
	l := newLab(t, sqs.Queue{})
	sent, err := l.SendMessage(context.Background(), &sdk.SendMessageInput{QueueUrl: aws.String(url), MessageBody: aws.String("grüße"), MessageAttributes: map[string]types.MessageAttributeValue{
		"count": {DataType: aws.String("Number"), StringValue: aws.String("5")}, "kind": {DataType: aws.String("String"), StringValue: aws.String("x")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	l.clock.Advance(time.Second)
	got := l.receive(t, func(in *sdk.ReceiveMessageInput) {
		in.MessageAttributeNames = []string{"All"}
		in.MessageSystemAttributeNames = []types.MessageSystemAttributeName{"All"}
	})
	if len(got) != 1 || *got[0].MessageId != *sent.MessageId || *got[0].Body != "grüße" || *got[0].MD5OfMessageAttributes != *sent.MD5OfMessageAttributes {
		t.Fatalf("%+v", got)
	}
	if a := got[0].MessageAttributes; len(a) != 2 || *a["count"].DataType != "Number" || *a["count"].StringValue != "5" || *a["kind"].StringValue != "x" {
		t.Errorf("%+v", a)
	}
	want := map[string]string{
		"SentTimestamp": "1793588400000", "ApproximateReceiveCount": "1", "ApproximateFirstReceiveTimestamp": "1793588401000", "SenderId": "AROASIMAWS111122223333:tester",
	}
	if diff := cmp.Diff(want, got[0].Attributes); diff != "" {
		t.Error(diff)
	}
	if touched := l.cloud.Calls()[0].Resources; len(touched) != 1 || touched[0] != arn {
		t.Errorf("touched %v", touched)
	}
}

func TestAttributesThatAreAskedFor(t *testing.T) {
	for name, test := range map[string]struct {
		asked []string
		want  string
	}{
		"none":     {nil, ""},
		"all":      {[]string{"All"}, "ERROR_CODE ERROR_MESSAGE RULE_ARN"},
		"any":      {[]string{".*"}, "ERROR_CODE ERROR_MESSAGE RULE_ARN"},
		"one":      {[]string{"RULE_ARN"}, "RULE_ARN"},
		"prefix":   {[]string{"ERROR_.*"}, "ERROR_CODE ERROR_MESSAGE"},
		"no other": {[]string{"error_code"}, ""},
	} {
		l := newLab(t, sqs.Queue{})
		if err := l.queues.Put(arn, "{}", map[string]string{"ERROR_CODE": "a", "ERROR_MESSAGE": "b", "RULE_ARN": "c"}); err != nil {
			t.Fatal(err)
		}
		got := l.receive(t, func(in *sdk.ReceiveMessageInput) { in.MessageAttributeNames = test.asked })
		var names []string
		for _, n := range []string{"ERROR_CODE", "ERROR_MESSAGE", "RULE_ARN"} {
			if a, there := got[0].MessageAttributes[n]; there && *a.DataType == "String" {
				names = append(names, n)
			}
		}
		if strings.Join(names, " ") != test.want || (got[0].MD5OfMessageAttributes != nil) != (test.want != "") {
			t.Errorf("%s: %v", name, names)
		}
	}
}

func TestVisibility(t *testing.T) {
	l := newLab(t, sqs.Queue{Visibility: time.Minute})
	l.put(t, "a")
	l.clock.Advance(time.Second)
	l.put(t, "b")
	one := func(in *sdk.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 }
	first := l.receive(t, one)
	if got := bodies(first); got != "a" {
		t.Fatalf("the oldest: %s", got)
	}
	if got := bodies(l.receive(t, nil)); got != "b" {
		t.Errorf("the other is hidden: %s", got)
	}
	if got := l.receive(t, nil); len(got) != 0 {
		t.Errorf("all are hidden: %v", got)
	}
	l.clock.Advance(time.Minute)
	again := l.receive(t, nil)
	if got := bodies(again); got != "a b" || *again[0].ReceiptHandle == *first[0].ReceiptHandle {
		t.Errorf("both are back, under new handles: %s", got)
	}
	remove := func(handle string) {
		t.Helper()
		if _, err := l.DeleteMessage(context.Background(), &sdk.DeleteMessageInput{QueueUrl: aws.String(url), ReceiptHandle: aws.String(handle)}); err != nil {
			t.Error(err)
		}
	}
	remove(*first[0].ReceiptHandle)
	if n := len(l.queues.Messages(arn)); n != 2 {
		t.Errorf("an old handle deletes nothing: %d", n)
	}
	remove(*again[0].ReceiptHandle)
	remove(*again[0].ReceiptHandle)
	if got := l.queues.Messages(arn); len(got) != 1 || got[0].Body != "b" || got[0].Received != 2 || !got[0].FirstReceived.Equal(start.Add(time.Second)) || got[0].Hidden.IsZero() {
		t.Errorf("%+v", got)
	}
	if got := l.receive(t, func(in *sdk.ReceiveMessageInput) { in.VisibilityTimeout = 1 }); len(got) != 0 {
		t.Errorf("%v", got)
	}
	want := []string{"0s undelivered 1", "1s undelivered 2", "1s undelivered 1", "1s undelivered 0", "1m1s undelivered 2", "1m1s undelivered 0"}
	if diff := cmp.Diff(want, l.visible); diff != "" {
		t.Error(diff)
	}
	l.clock.Advance(time.Minute)
	if got := l.queues.Messages(arn); !got[0].Hidden.IsZero() || l.queues.Visible(arn) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestVisibilityOfOneReceive(t *testing.T) {
	l := newLab(t, sqs.Queue{})
	l.put(t, "a")
	l.receive(t, func(in *sdk.ReceiveMessageInput) { in.VisibilityTimeout = 600 })
	l.clock.Advance(599 * time.Second)
	if l.queues.Visible(arn) != 0 {
		t.Error("the call's own counts")
	}
	l.clock.Advance(time.Second)
	if l.queues.Visible(arn) != 1 {
		t.Error("it is over")
	}
}

func TestRetention(t *testing.T) {
	l := newLab(t, sqs.Queue{Retention: time.Hour})
	l.put(t, "a")
	l.clock.Advance(30 * time.Minute)
	l.put(t, "b")
	l.clock.Advance(30*time.Minute - time.Second)
	if n := len(l.queues.Messages(arn)); n != 2 {
		t.Errorf("%d a second before", n)
	}
	l.clock.Advance(time.Second)
	if got := l.queues.Messages(arn); len(got) != 1 || got[0].Body != "b" {
		t.Errorf("%+v", got)
	}
	l.queues.AddQueue("111122223333", "eu-central-1", "undelivered", sqs.Queue{Retention: 10 * time.Minute})
	if n := len(l.queues.Messages(arn)); n != 0 {
		t.Errorf("a shorter retention is one of what is there: %d", n)
	}
	want := []string{"0s undelivered 1", "30m0s undelivered 2", "1h0m0s undelivered 1", "1h0m0s undelivered 0"}
	if diff := cmp.Diff(want, l.visible); diff != "" {
		t.Error(diff)
	}
}

func TestDefaultRetention(t *testing.T) {
	l := newLab(t, sqs.Queue{})
	l.put(t, "a")
	l.clock.Advance(4*24*time.Hour - time.Second)
	if l.queues.Visible(arn) != 1 {
		t.Error("four days")
	}
	l.clock.Advance(time.Second)
	if l.queues.Visible(arn) != 0 {
		t.Error("and no longer")
	}
}

func TestChangedQueuesKeepTheirMessages(t *testing.T) {
	l := newLab(t, sqs.Queue{})
	l.put(t, "a")
	l.queues.AddQueue("111122223333", "eu-central-1", "undelivered", sqs.Queue{Retention: 14 * 24 * time.Hour, KMSKey: "k"})
	if got := l.queues.Messages(arn); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	l.queues.RemoveQueue(arn)
	l.queues.RemoveQueue(arn)
	if got := l.queues.Messages(arn); got != nil {
		t.Errorf("%+v", got)
	}
	l.clock.Advance(20 * 24 * time.Hour)
	if len(l.visible) != 1 {
		t.Errorf("of a removed one nothing is told: %v", l.visible)
	}
}

func TestPut(t *testing.T) {
	l := newLab(t, sqs.Queue{})
	for name, test := range map[string]struct {
		arn, body  string
		attributes map[string]string
		want       string
		reason     string
	}{
		"good":      {arn, "{}", map[string]string{"RULE_ARN": "x"}, "", ""},
		"no queue":  {arn + "-2", "{}", nil, "AWS.SimpleQueueService.NonExistentQueue", ""},
		"no body":   {arn, "", nil, "MissingParameter", ""},
		"too big":   {arn, strings.Repeat("x", 1<<20+1), nil, "InvalidParameterValue", "1 MiB"},
		"all count": {arn, strings.Repeat("x", 1<<20), map[string]string{"a": "b"}, "InvalidParameterValue", "attributes as well"},
		"control":   {arn, "a\x01", nil, "InvalidMessageContents", ""},
		"empty":     {arn, "{}", map[string]string{"a": ""}, "InvalidParameterValue", "no attribute is empty"},
		"name":      {arn, "{}", map[string]string{"a b": "c"}, "InvalidParameterValue", ""},
		"AWS's":     {arn, "{}", map[string]string{"aws.x": "c"}, "InvalidParameterValue", ""},
		"dots":      {arn, "{}", map[string]string{"a..x": "c"}, "InvalidParameterValue", ""},
		"eleven": {arn, "{}", map[string]string{"a": "1", "b": "1", "c": "1", "d": "1", "e": "1", "f": "1", "g": "1", "h": "1", "i": "1", "j": "1", "k": "1"},
			"InvalidParameterValue", "ten at most"},
	} {
		var failed *wire.Error
		err := l.queues.Put(test.arn, test.body, test.attributes)
		if errors.As(err, &failed); test.want == "" && err != nil || test.want != "" && (failed == nil || failed.Code != test.want) {
			t.Errorf("%s (%s): %v", name, test.reason, err)
		}
	}
}

func TestQueueAttributes(t *testing.T) {
	l := newLab(t, sqs.Queue{Retention: 14 * 24 * time.Hour, KMSKey: "alias/lifeboat"})
	l.put(t, "a")
	l.put(t, "b")
	l.receive(t, func(in *sdk.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 })
	if _, err := l.SendMessage(context.Background(), &sdk.SendMessageInput{QueueUrl: aws.String(url), MessageBody: aws.String("c"), DelaySeconds: 60}); err != nil {
		t.Fatal(err)
	}
	out, err := l.GetQueueAttributes(context.Background(), &sdk.GetQueueAttributesInput{QueueUrl: aws.String(url), AttributeNames: []types.QueueAttributeName{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"QueueArn": arn, "ApproximateNumberOfMessages": "1", "ApproximateNumberOfMessagesNotVisible": "1", "ApproximateNumberOfMessagesDelayed": "1",
		"CreatedTimestamp": "1793588400", "LastModifiedTimestamp": "1793588400", "MessageRetentionPeriod": "1209600", "VisibilityTimeout": "30",
		"MaximumMessageSize": "1048576", "DelaySeconds": "0", "ReceiveMessageWaitTimeSeconds": "0", "KmsMasterKeyId": "alias/lifeboat", "SqsManagedSseEnabled": "false",
	}
	if diff := cmp.Diff(want, out.Attributes); diff != "" {
		t.Error(diff)
	}
	l.clock.Advance(time.Minute)
	out, err = l.GetQueueAttributes(context.Background(), &sdk.GetQueueAttributesInput{QueueUrl: aws.String(url), AttributeNames: []types.QueueAttributeName{"ApproximateNumberOfMessages"}})
	if err != nil || len(out.Attributes) != 1 || out.Attributes["ApproximateNumberOfMessages"] != "3" {
		t.Errorf("%v: %v", err, out)
	}
	found, err := l.GetQueueUrl(context.Background(), &sdk.GetQueueUrlInput{QueueName: aws.String("undelivered")})
	if err != nil || *found.QueueUrl != url {
		t.Errorf("%v: %v", err, found)
	}
}

func TestCallsThatFail(t *testing.T) {
	l := newLab(t, sqs.Queue{})
	send := func(change func(*sdk.SendMessageInput)) error {
		in := &sdk.SendMessageInput{QueueUrl: aws.String(url), MessageBody: aws.String("a")}
		change(in)
		_, err := l.SendMessage(context.Background(), in)
		return err
	}
	receive := func(change func(*sdk.ReceiveMessageInput)) error {
		in := &sdk.ReceiveMessageInput{QueueUrl: aws.String(url)}
		change(in)
		_, err := l.ReceiveMessage(context.Background(), in)
		return err
	}
	attribute := func(kind, value string) map[string]types.MessageAttributeValue {
		return map[string]types.MessageAttributeValue{"a": {DataType: aws.String(kind), StringValue: aws.String(value)}}
	}
	for name, test := range map[string]struct {
		err          error
		want, reason string
	}{
		"no queue":      {send(func(in *sdk.SendMessageInput) { in.QueueUrl = aws.String(url + "-2") }), "AWS.SimpleQueueService.NonExistentQueue", "the code of the older protocol, which clients match"},
		"other account": {send(func(in *sdk.SendMessageInput) { in.QueueUrl = aws.String(strings.Replace(url, "1111", "4444", 1)) }), "AccessDenied", ""},
		"other region": {send(func(in *sdk.SendMessageInput) {
			in.QueueUrl = aws.String(strings.Replace(url, "eu-central-1", "eu-west-1", 1))
		}), "AWS.SimpleQueueService.NonExistentQueue", ""},
		"no address": {send(func(in *sdk.SendMessageInput) { in.QueueUrl = aws.String("https://x") }), "InvalidAddress", ""},
		"delay":      {send(func(in *sdk.SendMessageInput) { in.DelaySeconds = 901 }), "InvalidParameterValue", "15 minutes"},
		"number":     {send(func(in *sdk.SendMessageInput) { in.MessageAttributes = attribute("Number", "five") }), "InvalidParameterValue", ""},
		"type":       {send(func(in *sdk.SendMessageInput) { in.MessageAttributes = attribute("Text", "five") }), "InvalidParameterValue", ""},
		"FIFO":       {send(func(in *sdk.SendMessageInput) { in.MessageDeduplicationId = aws.String("x") }), "NotSimulated", "parameters that are not simulated fail"},
		"binary": {send(func(in *sdk.SendMessageInput) {
			in.MessageAttributes = map[string]types.MessageAttributeValue{"a": {DataType: aws.String("Binary"), BinaryValue: []byte("x")}}
		}), "NotSimulated", ""},
		"eleven":        {receive(func(in *sdk.ReceiveMessageInput) { in.MaxNumberOfMessages = 11 }), "InvalidParameterValue", ""},
		"long hiding":   {receive(func(in *sdk.ReceiveMessageInput) { in.VisibilityTimeout = 43201 }), "InvalidParameterValue", "twelve hours"},
		"waiting":       {receive(func(in *sdk.ReceiveMessageInput) { in.WaitTimeSeconds = 20 }), "NotSimulated", "nothing would come"},
		"old operation": {func() error { _, err := l.ListQueues(context.Background(), &sdk.ListQueuesInput{}); return err }(), "NotSimulated", ""},
		"attribute": {func() error {
			_, err := l.GetQueueAttributes(context.Background(), &sdk.GetQueueAttributesInput{QueueUrl: aws.String(url), AttributeNames: []types.QueueAttributeName{"RedrivePolicy"}})
			return err
		}(), "NotSimulated", ""},
		"handle": {func() error {
			_, err := l.DeleteMessage(context.Background(), &sdk.DeleteMessageInput{QueueUrl: aws.String(url), ReceiptHandle: aws.String("x")})
			return err
		}(), "ReceiptHandleIsInvalid", ""},
		"url": {func() error {
			_, err := l.GetQueueUrl(context.Background(), &sdk.GetQueueUrlInput{QueueName: aws.String("x")})
			return err
		}(), "AWS.SimpleQueueService.NonExistentQueue", ""},
	} {
		if code(test.err) != test.want {
			t.Errorf("%s: got %v, want %s (%s)", name, test.err, test.want, test.reason)
		}
	}
	if n := len(l.queues.Messages(arn)); n != 0 {
		t.Errorf("%d messages arrived", n)
	}
	var gone *types.QueueDoesNotExist
	if !errors.As(receive(func(in *sdk.ReceiveMessageInput) { in.QueueUrl = aws.String(url + "-2") }), &gone) {
		t.Error("the SDK knows the error by its type")
	}
}

// The request and the digests of the API's page, without an SDK.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Examples
func TestTheWire(t *testing.T) {
	l := newLab(t, sqs.Queue{})
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "https://sqs.eu-central-1.amazonaws.com/",
		strings.NewReader(`{"QueueUrl": "`+url+`/", "MessageBody": "This is a test message", "MessageAttributes": {
			"my_attribute_name_1": {"DataType": "String", "StringValue": "my_attribute_value_1"},
			"my_attribute_name_2": {"DataType": "String", "StringValue": "my_attribute_value_2"}}}`))
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+simaws.AccessKey("111122223333", "test")+"/20261102/eu-central-1/sqs/aws4_request, Signature=none")
	r.Header.Set("X-Amz-Target", "AmazonSQS.SendMessage")
	w := httptest.NewRecorder()
	l.cloud.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/x-amz-json-1.0" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	for _, want := range []string{`"MD5OfMessageBody":"fafb00f5732ab283681e124bf8747ed1"`, `"MD5OfMessageAttributes":"c48838208d2b4e14e3ca0093a8443f09"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s is not in %s", want, w.Body)
		}
	}
}

func TestQueuesThatAreMistakes(t *testing.T) {
	for name, q := range map[string]sqs.Queue{
		"short": {Retention: 59 * time.Second}, "long": {Retention: 15 * 24 * time.Hour}, "hidden": {Visibility: 13 * time.Hour},
	} {
		func() {
			defer func() {
				if recover() == nil || q.Check() == nil {
					t.Errorf("%s was taken", name)
				}
			}()
			sqs.New(sqs.Options{Clock: clock.NewVirtual(start)}).AddQueue("111122223333", "eu-central-1", "q", q)
		}()
	}
}
