package sns_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/sns"
	"pgregory.net/rapid"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/mototest"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sns"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simsns "github.com/lifeboat-dr/lifeboat/pkg/simaws/sns"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type lab struct {
	*sns.Topic
	service *simsns.Service
	cloud   *simaws.Cloud
}

func newLab(faults ...simaws.Fault) lab {
	now := clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))
	l := lab{service: simsns.New()}
	l.cloud = simaws.New(simaws.Options{Clock: now, Faults: faults}, map[string]wire.Handler{"sns": l.service})
	l.Topic = sns.New(awsconfig.New(awsconfig.Options{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: l.cloud}, Pause: func(d time.Duration) { now.Advance(d) },
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "tester"), "secret", ""),
	}), l.service.AddTopic("111122223333", "eu-central-1", "oncall"))
	return l
}

func TestNotify(t *testing.T) {
	tests := map[string]struct{ reason, subject, text, wantSubject, wantText string }{
		"plain":    {"as it is", "FailureDirty: orders/orders-db", "what is left:\n\tlifeboat-prod-…", "FailureDirty: orders/orders-db", "what is left:\n\tlifeboat-prod-…"},
		"controls": {"a line break would end the header of the mail", " a\r\nBcc: b\x7f", "x", "a  Bcc: b", "x"},
		"umlauts":  {"the subject is ASCII", "größer", "größer", "gr??er", "größer"},
		"long":     {"fewer than 100 characters", strings.Repeat("a", 150), "x", strings.Repeat("a", 96) + "...", "x"},
		"no text":  {"SNS refuses an empty message", "subject", "", "subject", "subject"},
		"nothing":  {"and an empty subject", "\n", "", "lifeboat", "lifeboat"},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab()
			if err := l.Notify(context.Background(), c.subject, c.text); err != nil {
				t.Fatalf("%s: %v", c.reason, err)
			}
			got := l.service.Messages()
			if len(got) != 1 || got[0].Subject != c.wantSubject || got[0].Message != c.wantText {
				t.Errorf("%s: %+v", c.reason, got)
			}
		})
	}
}

// TestWhateverIsSaidArrives: the simulation refuses what SNS refuses.
func TestWhateverIsSaidArrives(t *testing.T) {
	l := newLab()
	long := strings.Repeat("€", 100_000) // 300 KB
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.IntRange(0, 3), func(n int) string { return "xxx"[:n] + long })).Draw(t, "text")
		if err := l.Notify(context.Background(), rapid.String().Draw(t, "subject"), text); err != nil {
			t.Fatal(err)
		}
		all := l.service.Messages()
		if sent := all[len(all)-1].Message; !utf8.ValidString(sent) || text != "" && sent == "" {
			t.Fatalf("sent %q", sent)
		}
	})
}

func TestTroubleHasAName(t *testing.T) {
	tests := map[string]struct {
		reason string
		fault  simaws.Fault
		want   drill.ErrorName
		sent   int
	}{
		"throttled always": {"later", simaws.Fault{On: "sns:Publish", Error: "Throttled", Status: 429, Times: 3}, drill.Throttled, 0},
		"failing":          {"later", simaws.Fault{On: "sns:Publish", Error: "InternalError", Status: 500, Times: 3}, drill.Transient, 0},
		"answer lost":      {"said twice rather than never", simaws.Fault{On: "sns:Publish", Effective: true}, "", 2},
		"no topic":         {"it was never deployed", simaws.Fault{On: "sns:Publish", Error: "NotFound", Status: 404}, drill.Unexpected, 0},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(c.fault)
			if err := l.Notify(context.Background(), "s", "t"); drill.NameOf(err) != c.want {
				t.Errorf("%s: %v", c.reason, err)
			}
			if got := len(l.service.Messages()); got != c.sent || len(l.cloud.UnusedFaults()) > 0 {
				t.Errorf("%s: sent %d times, unused %v", c.reason, got, l.cloud.UnusedFaults())
			}
		})
	}
}

// TestAgainstMoto: moto checks the subject's length; it takes any characters,
// and delivers to nobody here.
func TestAgainstMoto(t *testing.T) {
	cfg := mototest.Start(t)
	made, err := sdk.NewFromConfig(cfg).CreateTopic(context.Background(), &sdk.CreateTopicInput{Name: aws.String("oncall")})
	if err != nil {
		t.Fatal(err)
	}
	topic := sns.New(cfg, *made.TopicArn)
	if err := topic.Notify(context.Background(), strings.Repeat("long ", 40), "text"); err != nil {
		t.Error(err)
	}
	if err := sns.New(cfg, *made.TopicArn+"-2").Notify(context.Background(), "s", "t"); drill.NameOf(err) != drill.Unexpected {
		t.Errorf("a topic that is not there: %v", err)
	}
}
