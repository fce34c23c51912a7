package start

import (
	"context"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
)

// process is what Lambda puts around a function.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func process() lambdafn.Env {
	return lambdafn.Env{Getenv: os.Getenv, Config: config, Clock: clock.Real{}, ReadFile: func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(os.Getenv("LAMBDA_TASK_ROOT"), name))
	}}
}

// config is the SDK's configuration of a region. The credentials are those that
// Lambda puts into the environment, for the whole life of the process, so
// nothing else is looked for: that keeps the binary small and its start short.
// AWS_ENDPOINT_URL leads all services somewhere else, as in every SDK.
func config(region string) aws.Config {
	cfg := awsconfig.New(awsconfig.Options{
		Region: region, Version: os.Getenv(deployed.EnvVersion), Credentials: aws.CredentialsProviderFunc(credentials),
	})
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
