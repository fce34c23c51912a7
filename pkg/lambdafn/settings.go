package lambdafn

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// Settings are what the deployment tells a function. Each reads only those that
// it needs, and all that is missing is one error at its start.
type Settings struct {
	Env
	Region  string // where lifeboat runs
	Account string
	Version string // of lifeboat

	problems *[]error // shared by copies: see Acting
}

// Settings reads what every function needs.
func (e Env) Settings() *Settings {
	s := &Settings{Env: e, problems: new([]error)}
	s.Region, s.Account, s.Version = s.Get("AWS_REGION"), s.Get(deployed.EnvAccount), s.Get(deployed.EnvVersion)
	return s
}

// Acting are the settings of a function that calls AWS with other credentials than
// its own.
func (s *Settings) Acting(as aws.CredentialsProvider) *Settings {
	acting, own := *s, s.Config
	acting.Config = func(region string) aws.Config {
		cfg := own(region)
		cfg.Credentials = as
		return cfg
	}
	return &acting
}

// Home is the SDK's configuration of the function's own region.
func (s *Settings) Home() aws.Config { return s.Config(s.Region) }

// Get returns a variable, and remembers it where it is missing.
func (s *Settings) Get(name string) string {
	value := s.Getenv(name)
	if value == "" {
		*s.problems = append(*s.problems, fmt.Errorf("the environment variable %s is not set: the deployment sets it, see infra/", name))
	}
	return value
}

// List is Get for names that commas part.
func (s *Settings) List(name string) []string { return strings.Split(s.Get(name), ",") }

// Int is Get for a whole number.
func (s *Settings) Int(name string) int {
	value := s.Get(name)
	n, err := strconv.Atoi(value)
	if value != "" && err != nil {
		*s.problems = append(*s.problems, fmt.Errorf("the environment variable %s=%q is no whole number", name, value))
	}
	return n
}

// Check remembers another reason why the function cannot start; nil is none.
func (s *Settings) Check(err error) {
	if err != nil {
		*s.problems = append(*s.problems, err)
	}
}

// Err is everything that is missing.
func (s *Settings) Err() error { return errors.Join(*s.problems...) }
