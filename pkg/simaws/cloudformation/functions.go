package cloudformation

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/network"
)

type function struct {
	FunctionName  string
	Code          struct{ S3Bucket, S3Key string }
	Role          string
	Handler       string
	Runtime       string
	Timeout       int // seconds
	KmsKeyArn     string
	Environment   struct{ Variables map[string]string }
	LoggingConfig struct{ LogFormat, LogGroup string }
	VpcConfig     *struct {
		SecurityGroupIds, SubnetIds []string
		Ipv6AllowedForDualStack     bool
	}
	DeadLetterConfig struct{ TargetArn string }
}

// defaultTimeout of a function.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
const defaultTimeout = 3

func (f *function) make(c *creation) (func(), error) {
	arn, err := c.arn()
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(f.Runtime, "provided.") || f.Handler != "bootstrap" {
		return nil, fmt.Errorf("only runtimes that the package brings are simulated, with the handler bootstrap, not %s %s", f.Runtime, f.Handler)
	}
	if c.roles[f.Role] == nil {
		return nil, fmt.Errorf("there is no role %s", f.Role)
	}
	folder, err := c.template.Asset(f.Code.S3Bucket, f.Code.S3Key)
	if err != nil {
		return nil, err
	}
	if f.Timeout == 0 {
		f.Timeout = defaultTimeout
	}
	made := c.functions[arn]
	if made == nil {
		made = &Function{Name: f.FunctionName, ARN: arn, Versions: map[int]Configuration{}}
		c.functions[arn] = made
	}
	made.Latest = Configuration{
		ARN: arn, Role: f.Role, Environment: f.Environment.Variables, Folder: folder, Timeout: time.Duration(f.Timeout) * time.Second,
		Key: f.KmsKeyArn, LogGroup: f.LoggingConfig.LogGroup, DeadLetter: f.DeadLetterConfig.TargetArn,
	}
	if v := f.VpcConfig; v != nil {
		made.Latest.Place = &network.Place{Subnets: v.SubnetIds, Groups: v.SecurityGroupIds}
	}
	c.encrypt(arn, f.KmsKeyArn)
	return func() { delete(c.functions, arn) }, nil
}

// version publishes what the function is now.
type version struct{ FunctionName string }

func (v *version) make(c *creation) (func(), error) {
	f := c.function(v.FunctionName)
	if f == nil {
		return nil, fmt.Errorf("there is no function %s", v.FunctionName)
	}
	if remembered := c.stack.has[c.id]; remembered.remove != nil {
		return remembered.remove, nil // a version never changes
	}
	f.published++
	number := f.published
	published := f.Latest
	published.ARN = f.ARN + ":" + strconv.Itoa(number)
	f.Versions[number] = published
	c.stack.made[c.id] = published.ARN
	return func() { delete(f.Versions, number) }, nil
}

func (c *creation) function(name string) *Function {
	for _, f := range c.functions {
		if f.Name == name || f.ARN == name {
			return f
		}
	}
	return nil
}

type permission struct{ Action, FunctionName, Principal, SourceArn, SourceAccount string }

func (p *permission) make(c *creation) (func(), error) {
	arn := p.FunctionName
	if f := c.function(p.FunctionName); f != nil {
		arn = f.ARN
	} else if _, there := c.Function(arn); !there {
		return nil, fmt.Errorf("there is no function %s", arn)
	}
	condition := map[string]any{}
	if p.SourceArn != "" {
		condition["ArnLike"] = map[string]any{"AWS:SourceArn": p.SourceArn}
	}
	if p.SourceAccount != "" {
		condition["StringEquals"] = map[string]any{"AWS:SourceAccount": p.SourceAccount}
	}
	statement := map[string]any{
		"Sid": c.id, "Effect": "Allow", "Action": p.Action, "Resource": arn, "Principal": map[string]any{"Service": p.Principal},
	}
	if len(condition) > 0 {
		statement["Condition"] = condition
	}
	return c.allow(arn, statement), nil
}
