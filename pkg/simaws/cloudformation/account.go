// Package cloudformation makes, changes and removes in a simulated cloud what the
// stacks of a synthesized app say. Nothing is set by hand: a function gets the
// environment, the role and the package of its template, a role its policies, a
// rule its targets.
//
// Every property is either read (a field of the type's struct, which is decoded
// strictly), or stands in Ignored with a reason. Anything else fails and is
// named, because a property that is passed over makes a rehearsal lie.
//
// Of a stack's life the package knows what matters to what runs in it: resources
// are made in an order in which they find each other, an update changes those
// that stay and removes those that go unless their deletion policy keeps them,
// and versions of functions are numbered. Rollbacks are not simulated: what
// cannot be made is an error.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
package cloudformation

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/network"
)

// Account is what stacks made, beside what lies in the services themselves.
type Account struct {
	Cloud *lab.Cloud
	// Network is that of all stacks.
	Network network.Network

	o         Options
	stacks    map[string]*stack // by name in their place
	roles     map[string]*Role  // by ARN
	functions map[string]*Function
	machines  map[string]Machine
	policies  map[string]policy // of resources, by ARN
	keys      map[string]string // what encrypts a resource, by the resource's ARN
	owners    map[string]string // accounts of buckets, by ARN
	groups    map[string]bool   // of schedules, by name in their place
	logs      map[string]string // ARNs of log groups, by name in their place
	endpoints map[string]json.RawMessage
	subnets   map[string][]string // of DB subnet groups, by name
}

// Options of an account.
type Options struct {
	// Deployer is the role with which CloudFormation makes resources.
	Deployer func(account string) (arn string)
	// May asks whether AWS would let somebody; the error says who may not.
	May func(authz.Question) error
	// Lint tells what a policy names that does not exist, a line each.
	Lint func(policy json.RawMessage) ([]string, error)
	// SetMachine makes or changes a state machine; the error is that of its
	// definition.
	SetMachine    func(Machine) error
	RemoveMachine func(arn string)
}

// Role is an IAM role.
type Role struct {
	ARN, Name string
	Trust     json.RawMessage
	Policies  map[string]json.RawMessage // by name
	// Attached are managed policies by their ARNs, and Boundary bounds the role:
	// no stack of ours makes either, somebody else may.
	Attached       map[string]json.RawMessage
	Boundary       string // ARN; "" none
	BoundaryPolicy json.RawMessage
}

// Function is a Lambda function with its published versions.
type Function struct {
	Name, ARN string
	Latest    Configuration
	Versions  map[int]Configuration

	published int
}

// Configuration is what a version of a function runs with.
type Configuration struct {
	ARN         string // with the version's number
	Role        string
	Environment map[string]string
	Folder      string // of its package
	Timeout     time.Duration
	Key         string // ARN of the key of its environment; "" AWS's own
	LogGroup    string // name
	DeadLetter  string // ARN of a queue
	// Architecture is arm64 or x86_64, which Lambda takes where none is named.
	Architecture string
	// Place of its network interfaces; nil: it is in no network of the account's.
	Place *network.Place
}

// Machine is a state machine.
type Machine struct {
	ARN, Name, RoleARN, Definition string
	Substitutions                  map[string]string
	Logging                        Logging
}

// Logging of a machine's executions.
type Logging struct {
	Level                string
	IncludeExecutionData bool
	Destinations         []string // ARNs of log groups
}

// policy of a resource: one document, or statements that are added one by one.
type policy struct {
	document   json.RawMessage
	statements map[string]any
}

// stack is one as it is deployed.
type stack struct {
	made map[string]string // numbers of versions: cfn.Template.Made
	has  map[string]kept   // by logical id
}

// kept is what a stack needs to remember of a resource.
type kept struct {
	typ, deletion string
	remove        func()
}

// New makes an account without stacks.
func New(cloud *lab.Cloud, o Options) *Account {
	a := &Account{
		Cloud: cloud, o: o, stacks: map[string]*stack{}, roles: map[string]*Role{}, functions: map[string]*Function{}, machines: map[string]Machine{},
		policies: map[string]policy{}, keys: map[string]string{}, logs: map[string]string{}, owners: map[string]string{}, groups: map[string]bool{}, endpoints: map[string]json.RawMessage{}, subnets: map[string][]string{},
	}
	cloud.IAM.Others = a.iamRole
	return a
}

// Function finds a version of a function by its ARN, or the newest state of it by
// the unqualified one.
func (a *Account) Function(arn string) (Configuration, bool) {
	for _, f := range a.functions {
		if f.ARN == arn {
			return f.Latest, true
		}
		for _, v := range f.Versions {
			if v.ARN == arn {
				return v, true
			}
		}
	}
	return Configuration{}, false
}

// Functions are all, by name.
func (a *Account) Functions() []*Function {
	return slices.SortedFunc(maps.Values(a.functions), func(f, g *Function) int { return strings.Compare(f.Name, g.Name) })
}

// Machines are all, by ARN.
func (a *Account) Machines() []Machine {
	var list []Machine
	for _, arn := range slices.Sorted(maps.Keys(a.machines)) {
		list = append(list, a.machines[arn])
	}
	return list
}

// Role by its ARN; nil where there is none.
func (a *Account) Role(arn string) *Role { return a.roles[arn] }

// Roles are all, by ARN.
func (a *Account) Roles() []*Role {
	var list []*Role
	for _, arn := range slices.Sorted(maps.Keys(a.roles)) {
		list = append(list, a.roles[arn])
	}
	return list
}

// OfRole implements authz.Policies.
func (a *Account) OfRole(arn string) []json.RawMessage {
	role := a.roles[arn]
	if role == nil {
		return nil
	}
	list := []json.RawMessage{}
	for _, name := range slices.Sorted(maps.Keys(role.Policies)) {
		list = append(list, role.Policies[name])
	}
	for _, arn := range slices.Sorted(maps.Keys(role.Attached)) {
		list = append(list, role.Attached[arn])
	}
	return list
}

// OfResource implements authz.Policies. That of a role is its trust policy.
func (a *Account) OfResource(arn string) json.RawMessage {
	if role := a.roles[arn]; role != nil {
		return role.Trust
	}
	p, ok := a.policies[arn]
	if !ok {
		return nil
	}
	if p.document != nil {
		return p.document
	}
	var list []any
	for _, sid := range slices.Sorted(maps.Keys(p.statements)) {
		list = append(list, p.statements[sid])
	}
	text, _ := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": list}) // it came from JSON
	return text
}

// SetPolicy puts another policy on a resource, as somebody does beside the stacks;
// nil takes it away.
func (a *Account) SetPolicy(arn string, document json.RawMessage) {
	if document == nil {
		delete(a.policies, arn)
		return
	}
	a.policies[arn] = policy{document: document}
}

// WithPolicies are the ARNs of the resources that have policies, sorted.
func (a *Account) WithPolicies() []string { return slices.Sorted(maps.Keys(a.policies)) }

// OfEndpoint implements authz.Policies.
func (a *Account) OfEndpoint(id string) json.RawMessage { return a.endpoints[id] }

// KeyOf is the ARN of the key that encrypts a resource; "" for none, or AWS's own.
func (a *Account) KeyOf(arn string) string { return a.keys[arn] }

// OwnerOf is the account of a bucket, whose ARN does not say it; "" for others.
func (a *Account) OwnerOf(arn string) string {
	bucket, _, _ := strings.Cut(arn, "/")
	return a.owners[bucket]
}

// LogGroup is the ARN of a log group by its name.
func (a *Account) LogGroup(account, region, name string) (string, bool) {
	arn, ok := a.logs[inPlace(cfn.Where{Account: account, Region: region}, name)]
	return arn, ok
}

// AddSubnetGroup is a DB subnet group that no stack makes.
func (a *Account) AddSubnetGroup(group string, subnets []string) { a.subnets[group] = subnets }

// Subnets are those of a DB subnet group.
func (a *Account) Subnets(group string) []string { return a.subnets[group] }
