package cloudformation

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
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
	Architectures    []string
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
	if err := f.check(c); err != nil {
		return nil, err
	}
	made := c.functions[arn]
	if made == nil {
		made = &Function{Name: f.FunctionName, ARN: arn, Versions: map[int]Configuration{}}
		c.functions[arn] = made
	}
	made.Latest = Configuration{
		ARN: arn, Role: f.Role, Environment: f.Environment.Variables, Folder: folder, Timeout: time.Duration(f.Timeout) * time.Second,
		Key: f.KmsKeyArn, LogGroup: f.LoggingConfig.LogGroup, DeadLetter: f.DeadLetterConfig.TargetArn,
		Architecture: cmp.Or(strings.Join(f.Architectures, ","), "x86_64"),
	}
	if v := f.VpcConfig; v != nil {
		made.Latest.Place = &network.Place{Subnets: v.SubnetIds, Groups: v.SecurityGroupIds}
	}
	c.encrypt(arn, f.KmsKeyArn)
	return func() { delete(c.functions, arn) }, nil
}

// check refuses what Lambda does.
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
func (f *function) check(c *creation) error {
	if f.Timeout < 1 || f.Timeout > 900 {
		return fmt.Errorf("a Timeout of %d s is not between 1 and 900", f.Timeout)
	}
	if len(f.FunctionName) > 64 {
		return fmt.Errorf("FunctionName: %s has %d characters, and Lambda takes 64", f.FunctionName, len(f.FunctionName))
	}
	size := 0
	for name, value := range f.Environment.Variables {
		if strings.HasPrefix(name, "AWS_") && !strings.HasPrefix(name, "AWS_ENDPOINT_URL") || !variableRE.MatchString(name) {
			return fmt.Errorf("Environment.Variables: %s cannot be set: it is reserved, or no name of a variable", name)
		}
		size += len(name) + len(value)
	}
	if size > 4096 {
		return fmt.Errorf("Environment.Variables: they have %d bytes, and Lambda takes 4096", size)
	}
	if err := oneOf("LoggingConfig.LogFormat", f.LoggingConfig.LogFormat, "", "JSON", "Text"); err != nil {
		return err
	}
	if f.VpcConfig == nil {
		return nil
	}
	vpc, _, err := c.subnetsIn(f.VpcConfig.SubnetIds)
	if err != nil {
		return fmt.Errorf("VpcConfig: %w", err)
	}
	for _, id := range f.VpcConfig.SecurityGroupIds {
		if !slices.ContainsFunc(c.Network.Groups, func(g network.Group) bool { return g.ID == id && g.VPC == vpc }) {
			return fmt.Errorf("VpcConfig: %s has no security group %s", vpc, id)
		}
	}
	return nil
}

var variableRE = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`)

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
	if last, there := f.Versions[f.published]; there && same(last, f.Latest) {
		return nil, fmt.Errorf("a version of %s exists already that is no other (%d)", v.FunctionName, f.published)
	}
	f.published++
	number := f.published
	published := f.Latest
	published.ARN = f.ARN + ":" + strconv.Itoa(number)
	f.Versions[number] = published
	c.stack.made[c.id] = published.ARN
	return func() { delete(f.Versions, number) }, nil
}

// same tells whether two configurations differ in nothing but the version.
func same(a, b Configuration) bool {
	a.ARN, b.ARN = "", ""
	return reflect.DeepEqual(a, b)
}

func (c *creation) function(name string) *Function {
	for _, f := range c.functions {
		if f.Name == name && f.ARN == c.template.ARN("lambda", "function:"+name) || f.ARN == name {
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
