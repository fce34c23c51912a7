// Package stacks is the simulated CloudFormation as its API shows it: stacks with
// their status, template, outputs and resources. What they make is
// pkg/simaws/cloudformation's, which puts them here.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/Welcome.html
package stacks

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Stack as it was deployed last.
type Stack struct {
	Account, Region, Name string
	Status, Reason        string
	// Template is its text.
	Template  string
	Outputs   map[string]string
	Resources map[string]Resource // by logical id
	Made      time.Time
}

// Resource of a stack.
type Resource struct{ Type, Physical string }

// Service implements wire.Handler. Calls must come one at a time, as simaws.Cloud
// sends them.
type Service struct {
	wire.Query
	stacks []Stack
}

// New makes the service, without any stack.
func New() *Service {
	s := &Service{}
	s.Query = wire.Query{Namespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/", Operations: map[string]wire.Operation{
		"DescribeStacks":     wire.Op(s.describe),
		"GetTemplate":        wire.Op(s.template),
		"ListStackResources": wire.Op(s.resources),
	}}
	return s
}

// Put makes a stack, or replaces the one of its name.
func (s *Service) Put(stack Stack) {
	s.Remove(stack.Account, stack.Region, stack.Name)
	s.stacks = append(s.stacks, stack)
}

// Remove removes a stack, with nothing of what it made.
func (s *Service) Remove(account, region, name string) {
	s.stacks = slices.DeleteFunc(s.stacks, func(each Stack) bool { return each.is(account, region, name) })
}

// Find a stack; nil where there is none of that name.
func (s *Service) Find(account, region, name string) *Stack {
	for i := range s.stacks {
		if s.stacks[i].is(account, region, name) {
			return &s.stacks[i]
		}
	}
	return nil
}

func (s Stack) is(account, region, name string) bool {
	return s.Account == account && s.Region == region && s.Name == name
}

func (s Stack) id() string {
	return wire.ARN("cloudformation", s.Region, s.Account, "stack/"+s.Name+"/00000000-0000-4000-8000-000000000000")
}

// named is the stack that a call names. There is no code of its own for one that
// does not exist.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
func (s *Service) named(c *wire.Call, name string) (*Stack, error) {
	if name == "" {
		return nil, wire.Unknown("cloudformation %s: without a name", c.Operation)
	}
	if stack := s.Find(c.Account, c.Region, name); stack != nil {
		c.Touch(stack.id())
		return stack, nil
	}
	return nil, wire.Errorf("ValidationError", "Stack with id %s does not exist", name)
}

type stackIn struct{ StackName string }

type describeOut struct {
	Stacks []shown `xml:"Stacks>member"`
}

type shown struct {
	StackName         string
	StackID           string `xml:"StackId"`
	CreationTime      string
	StackStatus       string
	StackStatusReason string   `xml:",omitempty"`
	Outputs           []output `xml:"Outputs>member"`
}

type output struct{ OutputKey, OutputValue string }

func (s *Service) describe(c *wire.Call, in stackIn) (describeOut, error) {
	stack, err := s.named(c, in.StackName)
	if err != nil {
		return describeOut{}, err
	}
	one := shown{StackName: stack.Name, StackID: stack.id(), CreationTime: stack.Made.UTC().Format(time.RFC3339), StackStatus: stack.Status, StackStatusReason: stack.Reason}
	for _, name := range slices.Sorted(maps.Keys(stack.Outputs)) {
		one.Outputs = append(one.Outputs, output{name, stack.Outputs[name]})
	}
	return describeOut{[]shown{one}}, nil
}

type templateIn struct {
	StackName     string
	TemplateStage *string
}

type templateOut struct {
	TemplateBody    string
	StagesAvailable []string `xml:"StagesAvailable>member"`
}

// template is what was deployed; CloudFormation gives back what is not ASCII as
// question marks.
// https://github.com/aws/aws-cdk/issues/10219
func (s *Service) template(c *wire.Call, in templateIn) (templateOut, error) {
	stack, err := s.named(c, in.StackName)
	if err != nil {
		return templateOut{}, err
	}
	body := strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return '?'
		}
		return r
	}, stack.Template)
	return templateOut{body, []string{"Original", "Processed"}}, nil
}

type resourcesIn struct {
	StackName string
	NextToken *string
}

type resourcesOut struct {
	StackResourceSummaries []summary `xml:"StackResourceSummaries>member"`
	NextToken              string    `xml:",omitempty"`
}

type summary struct {
	LogicalResourceID    string `xml:"LogicalResourceId"`
	PhysicalResourceID   string `xml:"PhysicalResourceId"`
	ResourceType         string
	ResourceStatus       string
	LastUpdatedTimestamp string
}

// perPage is what is listed at once.
const perPage = 100

func (s *Service) resources(c *wire.Call, in resourcesIn) (out resourcesOut, err error) {
	stack, err := s.named(c, in.StackName)
	if err != nil {
		return out, err
	}
	ids := slices.Sorted(maps.Keys(stack.Resources))
	if in.NextToken != nil {
		ids = ids[min(len(ids), slices.Index(ids, *in.NextToken)+1):]
	}
	for i, id := range ids {
		if i == perPage {
			out.NextToken = ids[i-1]
			break
		}
		r := stack.Resources[id]
		out.StackResourceSummaries = append(out.StackResourceSummaries, summary{id, r.Physical, r.Type, "CREATE_COMPLETE", stack.Made.UTC().Format(time.RFC3339)})
	}
	return out, nil
}
