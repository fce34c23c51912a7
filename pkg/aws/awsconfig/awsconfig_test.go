package awsconfig_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// wire answers every request of a client in this process.
type wire func(*http.Request) (*http.Response, error)

func (w wire) Do(r *http.Request) (*http.Response, error) { return w(r) }

func reply(status int, code string) (*http.Response, error) {
	body := "<ErrorResponse><Error><Code>" + code + "</Code><Message>told so</Message></Error></ErrorResponse>"
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func options(w wire, pause func(time.Duration)) awsconfig.Options {
	return awsconfig.Options{
		Region: "eu-central-1", Version: "1.2.3", HTTPClient: w, Pause: pause,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
	}
}

func publish(ctx context.Context, cfg aws.Config) error {
	_, err := sns.NewFromConfig(cfg).Publish(ctx, &sns.PublishInput{TopicArn: aws.String("arn:aws:sns:eu-central-1:111122223333:t"), Message: aws.String("m")})
	return err
}

func TestNamed(t *testing.T) {
	cases := map[string]struct {
		reason   string
		answer   wire
		want     drill.ErrorName
		attempts int
	}{
		"throttled": {"whatever the status", func(*http.Request) (*http.Response, error) { return reply(400, "Throttling") }, drill.Throttled, 3},
		"slow down": {"S3 throttles with 503", func(*http.Request) (*http.Response, error) { return reply(503, "SlowDown") }, drill.Throttled, 3},
		"SNS":       {"a code that the SDK does not list", func(*http.Request) (*http.Response, error) { return reply(429, "Throttled") }, drill.Throttled, 3},
		"5xx":       {"the service failed", func(*http.Request) (*http.Response, error) { return reply(500, "InternalFailure") }, drill.Transient, 3},
		"501":       {"what is not implemented stays so", func(*http.Request) (*http.Response, error) { return reply(501, "NotSimulated") }, drill.MetricsFailed, 1},
		"refused":   {"the caller's own fault", func(*http.Request) (*http.Response, error) { return reply(403, "AuthorizationError") }, drill.MetricsFailed, 1},
		"no answer": {"the connection was lost", func(*http.Request) (*http.Response, error) { return nil, errors.New("reset") }, drill.Transient, 3},
		"timeout":   {"the attempt took too long", func(*http.Request) (*http.Response, error) { return nil, context.DeadlineExceeded }, drill.Transient, 3},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var asked int
			var paused []time.Duration
			cfg := awsconfig.New(options(func(r *http.Request) (*http.Response, error) {
				asked++
				return c.answer(r)
			}, func(d time.Duration) { paused = append(paused, d) }))
			cause := publish(context.Background(), cfg)
			err := awsconfig.Named(cause, drill.MetricsFailed, "tell the topic", "do something")
			if got := drill.NameOf(err); got != c.want {
				t.Errorf("%s: %s, want %s: %v", c.reason, got, c.want, err)
			}
			if !errors.Is(err, cause) {
				t.Error("the cause was lost")
			}
			if asked != c.attempts {
				t.Errorf("%s: %d attempts, want %d", c.reason, asked, c.attempts)
			}
			var want []time.Duration
			if c.attempts == 3 {
				want = []time.Duration{time.Second, 2 * time.Second}
			}
			if diff := cmp.Diff(want, paused); diff != "" {
				t.Errorf("pauses:\n%s", diff)
			}
		})
	}
}

func TestNamedKeepsWhatIsNamed(t *testing.T) {
	if awsconfig.Named(nil, drill.Unexpected, "x", "") != nil {
		t.Error("nil became an error")
	}
	busy := &drill.Error{Name: drill.SlotBusy, What: "busy"}
	if err := awsconfig.Named(busy, drill.Unexpected, "x", ""); !errors.Is(err, busy) || drill.NameOf(err) != drill.SlotBusy {
		t.Errorf("%v", err)
	}
	if got := awsconfig.Code(&smithy.GenericAPIError{Code: "NotFound"}); got != "NotFound" {
		t.Errorf("code %q", got)
	}
}

func TestACallThatIsCancelledIsNotTriedAgain(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var asked int
	cfg := awsconfig.New(options(func(*http.Request) (*http.Response, error) {
		asked++
		cancel()
		return nil, ctx.Err()
	}, nil))
	err := awsconfig.Named(publish(ctx, cfg), drill.Unexpected, "tell", "")
	if drill.NameOf(err) != drill.Unexpected || asked != 1 {
		t.Errorf("%d attempts: %v", asked, err)
	}
}

func TestClientSaysWhoItIs(t *testing.T) {
	var agent string
	w := wire(func(r *http.Request) (*http.Response, error) {
		agent = r.UserAgent()
		return reply(403, "Denied")
	})
	t.Setenv("AWS_CA_BUNDLE", "") // for the SDK's own client only
	loaded, err := awsconfig.Load(context.Background(), options(w, nil))
	if err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]aws.Config{"New": awsconfig.New(options(w, nil)), "Load": loaded} {
		agent = ""
		if err := publish(context.Background(), cfg); err == nil || !strings.Contains(agent, "lifeboat/1.2.3") {
			t.Errorf("%s: %q, %v", name, agent, err)
		}
	}
}

func TestTimeouts(t *testing.T) {
	client, ok := awsconfig.New(awsconfig.Options{Region: "eu-west-1"}).HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		t.Fatal("not the SDK's own client")
	}
	type timeouts struct{ Connect, Attempt time.Duration }
	if diff := cmp.Diff(timeouts{5 * time.Second, 30 * time.Second}, timeouts{client.GetDialer().Timeout, client.GetTimeout()}); diff != "" {
		t.Error(diff)
	}
}

func TestNoRegion(t *testing.T) {
	none := t.TempDir() + "/none"
	for name, value := range map[string]string{"AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none, "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
	if _, err := awsconfig.Load(context.Background(), awsconfig.Options{}); drill.NameOf(err) != drill.InvalidInput {
		t.Errorf("without a region: %v", err)
	}
}
