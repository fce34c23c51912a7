// Package lambdafn is what all functions share: what they find around them, and
// their settings. A function's package wire makes its handler of it, once, for
// every world; package start runs the handler in Lambda.
package lambdafn

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// Handler is a step as a function of JSON; see step.Handler.
type Handler = func(ctx context.Context, input json.RawMessage) (json.RawMessage, error)

// Env is what a function finds around it: Lambda's own in start.Function, the
// simulated one in package sim.
type Env struct {
	// Getenv looks a variable up; "" where it is not set. The deployment's own are
	// in package deployed; AWS_REGION is Lambda's.
	Getenv func(name string) string
	// Config is the SDK's configuration of a region.
	Config func(region string) aws.Config
	Clock  clock.Clock
	// ReadFile reads a file of the function's package by its name;
	// fs.ErrNotExist where there is none.
	ReadFile func(name string) ([]byte, error)
	// HTTP is the way to what is no service of AWS: a team's own application; nil:
	// http.DefaultTransport.
	HTTP http.RoundTripper
}
