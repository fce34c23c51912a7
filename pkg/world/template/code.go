package template

import (
	"cmp"
	"debug/buildinfo"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudformation"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// code starts functions: each version once, when it is first called, as Lambda
// does. What runs is this process's own build of what the package holds.
type code struct {
	world *World
	warm  map[string]started // by the version's ARN
}

// started is a version that was started, or that ended at its start.
type started struct {
	handle lambdafn.Handler
	err    error
}

// stale forgets what a deployment may change.
func (c *code) stale(cfn.Assembly) {
	for arn := range c.warm {
		if !published(arn) {
			delete(c.warm, arn)
		}
	}
}

// published tells whether an ARN names a version, which never changes.
func published(arn string) bool { return strings.Count(arn, ":") == 7 }

// start starts a version.
func (c *code) start(v cloudformation.Configuration) started {
	if s, warm := c.warm[v.ARN]; warm {
		return s
	}
	handle, err := c.cold(v)
	s := started{handle, err}
	if err == nil { // one that failed is started again for the next call
		c.warm[v.ARN] = s
	}
	return s
}

func (c *code) cold(v cloudformation.Configuration) (lambdafn.Handler, error) {
	name, err := function(v, c.world.o.StandIns)
	if err != nil {
		return nil, err
	}
	wire, there := sim.Wires(c.world.openers(v))[name]
	if !there {
		return nil, fmt.Errorf("%s holds %s, which this build does not know", v.Folder, name)
	}
	handle, err := wire(c.env(v))
	if err != nil {
		return nil, &exited{err}
	}
	return handle, nil
}

// exited is a process that ended at its start.
type exited struct{ err error }

func (e *exited) Error() string { return e.err.Error() }

// function is the name of what a package holds: its binary says from which
// package of Go it was built. With standIns a text may be there instead.
func function(v cloudformation.Configuration, standIns bool) (string, error) {
	file := filepath.Join(v.Folder, "bootstrap")
	info, err := buildinfo.ReadFile(file)
	if err == nil {
		return filepath.Base(info.Path), runsOn(file, info, v.Architecture)
	}
	if standIns {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("the package of a function: %w", err)
		}
		if name := string(text); len(name) < 64 {
			return name, nil
		}
	}
	return "", fmt.Errorf("%s is no binary of Go: %w", file, err)
}

// goarch are Go's names of Lambda's architectures.
var goarch = map[string]string{"arm64": "arm64", "x86_64": "amd64", "": "amd64"}

// runsOn refuses a binary of another machine, which Lambda cannot start.
func runsOn(file string, info *buildinfo.BuildInfo, architecture string) error {
	for _, s := range info.Settings {
		if s.Key == "GOARCH" && s.Value != goarch[architecture] {
			return fmt.Errorf("%s is built for %s, and the function's architecture is %s: exec format error", file, s.Value, cmp.Or(architecture, "x86_64"))
		}
	}
	return nil
}

// env is what Lambda puts around a function: the template's environment, its own
// variables, the package and the credentials of the role.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
func (c *code) env(v cloudformation.Configuration) lambdafn.Env {
	region := part(v.ARN, 3)
	return lambdafn.Env{
		Clock: c.world.clock, HTTP: answers{},
		Getenv: func(name string) string {
			if name == "AWS_REGION" {
				return region
			}
			return v.Environment[name]
		},
		ReadFile: func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(v.Folder, name)) },
		Config: func(region string) aws.Config {
			return c.world.config(roleName(v.Role), part(v.Role, 4), region, v.Environment[deployed.EnvVersion], transport{c.world, v})
		},
	}
}

// config is the SDK's, for a role.
func (w *World) config(role, account, region, version string, over http.RoundTripper) aws.Config {
	return awsconfig.New(awsconfig.Options{
		Region: region, Version: version, HTTPClient: &http.Client{Transport: over}, Pause: w.clock.Sleep,
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, role), "secret", ""),
	})
}

func part(arn string, i int) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[i]
	}
	return ""
}

func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
