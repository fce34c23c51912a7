package sns_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sns"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
)

const (
	account, region = "111122223333", "eu-central-1"
	topic           = "arn:aws:sns:" + region + ":" + account + ":oncall"
)

func config(cloud *lab.Cloud) aws.Config {
	return awsconfig.New(awsconfig.Options{
		Region: region, HTTPClient: &http.Client{Transport: cloud}, Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
	})
}

func TestPublish(t *testing.T) {
	cloud := lab.New(lab.Options{Options: simaws.Options{Clock: clock.NewVirtual(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))}})
	cloud.SNS.AddTopic(account, region, "oncall")
	if _, err := cloud.SNS.Subscribe(topic, "email", "oncall@example.com", true); err != nil {
		t.Fatal(err)
	}
	topics := sns.New(config(cloud))
	if err := topics.Publish(context.Background(), topic, "PAGE", `{"default": "text"}`); err != nil {
		t.Fatal(err)
	}
	inbox := cloud.SNS.Inbox("oncall@example.com")
	if last := inbox[len(inbox)-1]; last.Subject != "PAGE" || last.Message != "text" {
		t.Errorf("%+v", last)
	}
	err := topics.Publish(context.Background(), topic+"x", "PAGE", `{"default": "text"}`)
	if drill.NameOf(err) != drill.Unexpected || !strings.Contains(drill.HintOf(err), "topic") {
		t.Errorf("%v", err)
	}
}
