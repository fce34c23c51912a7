// Package ssm is the simulated parameter store of AWS Systems Manager: parameters
// with versions and tags, of the types String and StringList. Those that are
// encrypted, policies and labels are not simulated.
//
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
package ssm

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Parameter is one parameter.
type Parameter struct {
	Name, Value, Type, Description, Tier string
	Version                              int
	Modified                             time.Time
	Tags                                 map[string]string
}

type key struct{ account, region, name string }

// Service implements wire.Handler. Calls must come one at a time, as simaws.Cloud
// sends them.
type Service struct {
	wire.JSON
	parameters map[key]*Parameter
}

// New makes the service, without any parameter.
func New() *Service {
	s := &Service{parameters: map[key]*Parameter{}}
	s.JSON = wire.JSON{Version: "1.1", Operations: map[string]wire.Operation{
		"PutParameter":        wire.Op(s.put),
		"GetParameter":        wire.Op(s.get),
		"DeleteParameter":     wire.Op(s.remove),
		"ListTagsForResource": wire.Op(s.tags),
	}}
	return s
}

// Add makes a parameter, or replaces it.
func (s *Service) Add(account, region string, p Parameter) {
	p.Type, p.Tier, p.Version = cmp.Or(p.Type, "String"), cmp.Or(p.Tier, "Standard"), max(p.Version, 1)
	s.parameters[key{account, region, p.Name}] = &p
}

// Parameters of an account and region, by name.
func (s *Service) Parameters(account, region string) (list []Parameter) {
	for k, p := range s.parameters {
		if k.account == account && k.region == region {
			list = append(list, *p)
		}
	}
	slices.SortFunc(list, func(a, b Parameter) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Tags of a parameter; none where there is no such one.
func (s *Service) Tags(arn string) map[string]string {
	for k, p := range s.parameters {
		if arnOf(k.account, k.region, k.name) == arn {
			return maps.Clone(p.Tags)
		}
	}
	return nil
}

// arnOf a parameter: the slash that its name begins with is not doubled.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
func arnOf(account, region, name string) string {
	return wire.ARN("ssm", region, account, "parameter/"+strings.TrimPrefix(name, "/"))
}

type tag struct{ Key, Value string }

type putIn struct {
	Name, Value, Type, Description, Tier string
	Overwrite                            bool
	Tags                                 []tag
}

type putOut struct {
	Version int
	Tier    string
}

// Limits of names and values of the standard tier. A name that has a slash begins
// with one, and has 15 levels at most.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
const (
	maxValue  = 4096
	maxName   = 1011 // beside the ARN's prefix
	maxLevels = 15
)

var nameRE = regexp.MustCompile(`^[a-zA-Z0-9_.\-/]+$`)

func (s *Service) put(c *wire.Call, in putIn) (putOut, error) {
	arn := arnOf(c.Account, c.Region, in.Name)
	c.Touch(arn)
	if err := check(in); err != nil {
		return putOut{}, err
	}
	at := key{c.Account, c.Region, in.Name}
	p := s.parameters[at]
	switch {
	case p != nil && !in.Overwrite:
		return putOut{}, wire.Errorf("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
	case p == nil && in.Type == "":
		return putOut{}, wire.Errorf("ValidationException", "A parameter type is required when you create a parameter.")
	case in.Overwrite && len(in.Tags) > 0:
		return putOut{}, wire.Errorf("ValidationException", "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag.")
	case p != nil && in.Type != "" && in.Type != p.Type:
		return putOut{}, wire.Errorf("HierarchyTypeMismatch", "The parameter is of type %s.", p.Type)
	case p == nil:
		p = &Parameter{Name: in.Name, Type: in.Type, Tags: map[string]string{}}
		s.parameters[at] = p
	}
	p.Value, p.Tier, p.Modified = in.Value, cmp.Or(in.Tier, p.Tier, "Standard"), c.Now
	if in.Description != "" {
		p.Description = in.Description
	}
	p.Version++
	for _, t := range in.Tags {
		p.Tags[t.Key] = t.Value
	}
	return putOut{p.Version, p.Tier}, nil
}

func check(in putIn) error {
	switch {
	case in.Type != "" && in.Type != "String" && in.Type != "StringList", in.Tier != "" && in.Tier != "Standard":
		return wire.Unknown("ssm PutParameter: type %q, tier %q", in.Type, in.Tier)
	case !nameRE.MatchString(in.Name) || len(in.Name) > maxName || strings.Contains(in.Name, "//"),
		strings.Contains(in.Name, "/") && !strings.HasPrefix(in.Name, "/"), strings.Count(in.Name, "/") > maxLevels:
		return wire.Errorf("ValidationException", "Parameter name: can't be %q: it must be fully qualified.", in.Name)
	case strings.HasPrefix(strings.ToLower(strings.TrimPrefix(in.Name, "/")), "aws"), strings.HasPrefix(strings.ToLower(strings.TrimPrefix(in.Name, "/")), "ssm"):
		return wire.Errorf("ValidationException", "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).")
	case in.Value == "" || len(in.Value) > maxValue:
		return wire.Errorf("ValidationException", "Standard tier parameters support a maximum parameter value of %d characters.", maxValue)
	}
	return nil
}

type nameIn struct {
	Name           string
	WithDecryption *bool
}

type getOut struct{ Parameter shown }

type shown struct {
	ARN, DataType, Name, Type, Value string
	LastModifiedDate                 wire.Epoch
	Version                          int
}

func (s *Service) get(c *wire.Call, in nameIn) (getOut, error) {
	arn := arnOf(c.Account, c.Region, in.Name)
	c.Touch(arn)
	p := s.parameters[key{c.Account, c.Region, in.Name}]
	if p == nil {
		return getOut{}, notThere(in.Name)
	}
	return getOut{shown{arn, "text", p.Name, p.Type, p.Value, wire.Epoch(p.Modified), p.Version}}, nil
}

func (s *Service) remove(c *wire.Call, in nameIn) (wire.Empty, error) {
	c.Touch(arnOf(c.Account, c.Region, in.Name))
	at := key{c.Account, c.Region, in.Name}
	if s.parameters[at] == nil {
		return wire.Empty{}, notThere(in.Name)
	}
	delete(s.parameters, at)
	return wire.Empty{}, nil
}

type tagsIn struct{ ResourceType, ResourceID string }

type tagsOut struct{ TagList []tag }

func (s *Service) tags(c *wire.Call, in tagsIn) (tagsOut, error) {
	if in.ResourceType != "Parameter" {
		return tagsOut{}, wire.Unknown("ssm ListTagsForResource: of %q", in.ResourceType)
	}
	c.Touch(arnOf(c.Account, c.Region, in.ResourceID))
	p := s.parameters[key{c.Account, c.Region, in.ResourceID}]
	if p == nil {
		return tagsOut{}, wire.Errorf("InvalidResourceId", "The resource ID isn't valid. Verify that you entered the correct ID and try again.")
	}
	out := tagsOut{TagList: []tag{}}
	for _, k := range slices.Sorted(maps.Keys(p.Tags)) {
		out.TagList = append(out.TagList, tag{k, p.Tags[k]})
	}
	return out, nil
}

func notThere(name string) error {
	return wire.Errorf("ParameterNotFound", "Parameter %s not found.", name)
}
