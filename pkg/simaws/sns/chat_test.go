package sns_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sns"
)

func TestWhatAmazonQShows(t *testing.T) {
	for reason, payload := range map[string]string{
		"the least": `{"version":"1.0","source":"custom","content":{"description":"x"}}`,
		"all of it": `{"version":"1.0","source":"custom","id":"1","content":{"textType":"client-markdown","title":"t","description":"x","nextSteps":["a"],"keywords":["k"]},
			"metadata":{"threadId":"1","summary":"s","eventType":"e","relatedResources":["r"],"additionalContext":{"a":"b"},"enableCustomActions":true}}`,
		"as long as it may be": `{"version":"1.0","source":"custom","content":{"description":"` + strings.Repeat("ü", 8000) + `","title":"` + strings.Repeat("ü", 250) + `"}}`,
		"an alarm":             `{"AlarmName":"a","NewStateValue":"ALARM"}`,
	} {
		if err := sns.Shown(payload); err != nil {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

func TestWhatAmazonQDrops(t *testing.T) {
	for reason, payload := range map[string]string{
		"another version":    `{"version":"2.0","source":"custom","content":{"description":"x"}}`,
		"no source":          `{"version":"1.0","content":{"description":"x"}}`,
		"no description":     `{"version":"1.0","source":"custom","content":{"title":"x"}}`,
		"another text":       `{"version":"1.0","source":"custom","content":{"description":"x","textType":"html"}}`,
		"long title":         `{"version":"1.0","source":"custom","content":{"description":"x","title":"` + strings.Repeat("x", 251) + `"}}`,
		"long description":   `{"version":"1.0","source":"custom","content":{"description":"` + strings.Repeat("x", 8001) + `"}}`,
		"long step":          `{"version":"1.0","source":"custom","content":{"description":"x","nextSteps":["` + strings.Repeat("x", 351) + `"]}}`,
		"long keyword":       `{"version":"1.0","source":"custom","content":{"description":"x","keywords":["` + strings.Repeat("x", 76) + `"]}}`,
		"context is no text": `{"version":"1.0","source":"custom","content":{"description":"x"},"metadata":{"additionalContext":{"a":1}}}`,
		"a field of its own": `{"version":"1.0","source":"custom","content":{"description":"x","colour":"red"}}`,
		"a mail's text":      "ALARM: something",
	} {
		if sns.Shown(payload) == nil {
			t.Errorf("%s: it was shown", reason)
		}
	}
}

// Amazon Q confirms its own subscription, gets the text of https, and asks nobody.
func TestAmazonQIsSubscribed(t *testing.T) {
	service, client, _ := newLab()
	if _, err := service.Subscribe(topic, "https", sns.ChatEndpoint, false); err != nil {
		t.Fatal(err)
	}
	if got := service.Subscriptions(); len(got) != 1 || !got[0].Confirmed {
		t.Errorf("%+v", got)
	}
	if _, err := client.Publish(context.Background(), &sdk.PublishInput{
		TopicArn: aws.String(topic), Message: aws.String(`{"default":"text","https":"for chats"}`), MessageStructure: aws.String("json"),
	}); err != nil {
		t.Fatal(err)
	}
	if got := service.Inbox(sns.ChatEndpoint); len(got) != 1 || got[0].Message != "for chats" {
		t.Errorf("%+v", got)
	}
	if _, err := service.Subscribe(topic, "https", "https://example.com/hook", true); err == nil {
		t.Error("endpoints of others are not simulated")
	}
}

// What the reference says of the structure "json".
func TestTextsByProtocol(t *testing.T) {
	service, client, _ := newLab()
	subscribe(t, service, topic, person, true)
	for message, want := range map[string]string{
		`{"default":"d","email":{"a":1}}`:         "d", // not a text: ignored
		`{"default":"d","email":""}`:              "",
		`{"default":"d","lambda":"l","other":[]}`: "d",
	} {
		if _, err := client.Publish(context.Background(), &sdk.PublishInput{TopicArn: aws.String(topic), Message: aws.String(message), MessageStructure: aws.String("json")}); err != nil {
			t.Errorf("%s: %v", message, err)
			continue
		}
		if inbox := service.Inbox(person); inbox[len(inbox)-1].Message != want {
			t.Errorf("%s: %q", message, inbox[len(inbox)-1].Message)
		}
	}
	for _, message := range []string{`{"default":1}`, `{"default":"a","default":"b"}`, `{"email":"a"}`, `["default"]`, `{"default":"a"} {}`, `{"default":"a"`} {
		if _, err := client.Publish(context.Background(), &sdk.PublishInput{TopicArn: aws.String(topic), Message: aws.String(message), MessageStructure: aws.String("json")}); code(err) != "InvalidParameter" {
			t.Errorf("%s: %v", message, err)
		}
	}
}
