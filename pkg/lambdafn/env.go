package lambdafn

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// Env is what a function finds around it.
type Env struct {
	Settings
	Region  string
	Account string
	Version string // of lifeboat
}

// Setup reads what every function needs.
func Setup() *Env {
	e := &Env{}
	e.Region, e.Account, e.Version = e.Get("AWS_REGION"), e.Get(deployed.EnvAccount), e.Get(deployed.EnvVersion)
	return e
}

// Config is the SDK's configuration of the function's own region.
func (e *Env) Config() aws.Config { return e.ConfigIn(e.Region) }

// ConfigIn is the SDK's configuration of a region. The credentials are those
// that Lambda puts into the environment, for the whole life of the process, so
// nothing else is looked for: that keeps the binary small and its start short.
// AWS_ENDPOINT_URL leads all services somewhere else, as in every SDK.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func (e *Env) ConfigIn(region string) aws.Config {
	cfg := awsconfig.New(awsconfig.Options{Region: region, Version: e.Version, Credentials: aws.CredentialsProviderFunc(credentials)})
	if endpoint := os.Getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		cfg.BaseEndpoint = &endpoint
	}
	return cfg
}

func credentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("AWS_SESSION_TOKEN"),
		Source: "Lambda",
	}, nil
}

// List is Get for names that commas part.
func (s *Settings) List(name string) []string { return strings.Split(s.Get(name), ",") }

// Packaged is the path of a file that lies beside the function's binary.
func Packaged(name string) string {
	return filepath.Join(os.Getenv("LAMBDA_TASK_ROOT"), name)
}
