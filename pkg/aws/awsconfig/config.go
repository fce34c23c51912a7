// Package awsconfig is how lifeboat's SDK clients are configured, and the one
// place where an answer of AWS gets the name that the state machine knows.
//
// Every call has 5 s to connect and 30 s for one attempt as a whole, and up to
// three attempts (the SDK's standard retryer: exponential backoff with jitter,
// at most 20 s, and a token bucket that stops retrying when nothing succeeds).
// So a call ends within about two minutes, whatever AWS does, and the machine's
// own Retry takes over.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
//
// A client that was given up on may still have had its effect: nothing here
// makes a call idempotent, the adapters do.
package awsconfig

import (
	"cmp"
	"context"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	smithymiddleware "github.com/aws/smithy-go/middleware"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

const (
	connectTimeout = 5 * time.Second
	attemptTimeout = 30 * time.Second // from connecting to the last byte of the answer
	attempts       = 3

	minCompressBytes = 10 << 10 // as LoadDefaultConfig sets it; smaller requests are not worth it
)

// Options of the configuration. The zero value is usable with Load.
type Options struct {
	Region  string // empty: the environment's
	Version string // of lifeboat, for the user agent; empty: "unknown"
	// HTTPClient replaces the client that has the timeouts: a simulated AWS.
	HTTPClient aws.HTTPClient
	// Credentials; nil: those of the environment.
	Credentials aws.CredentialsProvider
	// Pause lets the delay before a retry pass; nil: the SDK sleeps. With it
	// the delay has no jitter, so that a rehearsal repeats.
	Pause func(time.Duration)
}

// Load reads the environment, the shared files and the metadata of the machine
// as every SDK does, and sets what lifeboat wants on top.
func Load(ctx context.Context, o Options) (aws.Config, error) {
	read := []func(*config.LoadOptions) error{
		config.WithHTTPClient(o.httpClient()), config.WithRetryer(o.retryer), config.WithAPIOptions(New(o).APIOptions),
	}
	if o.Region != "" {
		read = append(read, config.WithRegion(o.Region))
	}
	if o.Credentials != nil {
		read = append(read, config.WithCredentialsProvider(o.Credentials))
	}
	cfg, err := config.LoadDefaultConfig(ctx, read...)
	if err != nil {
		return aws.Config{}, Named(err, drill.InvalidInput, "read the AWS configuration", "see AWS_PROFILE, ~/.aws/config and ~/.aws/credentials")
	}
	if cfg.Region == "" {
		return aws.Config{}, &drill.Error{
			Name: drill.InvalidInput, What: "no AWS region is configured",
			Hint: "set AWS_REGION, or region in ~/.aws/config",
		}
	}
	return cfg, nil
}

// New makes a configuration from the options alone: nothing of the environment
// is read, so Region and Credentials must be there.
func New(o Options) aws.Config {
	return aws.Config{
		Region: o.Region, Credentials: o.Credentials, HTTPClient: o.httpClient(), Retryer: o.retryer,
		RequestMinCompressSizeBytes: minCompressBytes,
		APIOptions: []func(*smithymiddleware.Stack) error{
			middleware.AddUserAgentKeyValue("lifeboat", cmp.Or(o.Version, "unknown")),
		},
	}
}

func (o Options) httpClient() aws.HTTPClient {
	if o.HTTPClient != nil {
		return o.HTTPClient
	}
	return awshttp.NewBuildableClient().
		WithTimeout(attemptTimeout).
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout })
}

func (o Options) retryer() aws.Retryer {
	standard := retry.NewStandard(func(s *retry.StandardOptions) {
		s.MaxAttempts = attempts
		s.Retryables = append(s.Retryables, retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
			if throttled(err) {
				return aws.TrueTernary
			}
			return aws.UnknownTernary
		}))
	})
	if o.Pause == nil {
		return standard
	}
	return pausing{Standard: standard, pause: o.Pause}
}

// pausing is the standard retryer in a time that is not the wall clock's.
type pausing struct {
	*retry.Standard
	pause func(time.Duration)
}

// RetryDelay lets the delay pass by itself and leaves none to the SDK: 1 s,
// then 2 s, the mean of what the standard retryer draws.
func (p pausing) RetryDelay(attempt int, _ error) (time.Duration, error) {
	p.pause(min(time.Second<<max(attempt-1, 0), retry.DefaultMaxBackoff))
	return 0, nil
}
