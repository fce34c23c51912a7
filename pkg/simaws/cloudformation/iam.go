package cloudformation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

type role struct {
	RoleName                 string
	AssumeRolePolicyDocument json.RawMessage
	ManagedPolicyArns        []string
	Policies                 []struct {
		PolicyName     string
		PolicyDocument json.RawMessage
	}
}

func (r *role) make(c *creation) (func(), error) {
	arn, err := c.arn()
	if err != nil {
		return nil, err
	}
	name, err := c.name()
	if err != nil {
		return nil, err
	}
	made := &Role{ARN: arn, Name: name, Trust: r.AssumeRolePolicyDocument, Policies: map[string]json.RawMessage{}}
	for _, p := range r.Policies {
		made.Policies[p.PolicyName] = p.PolicyDocument
	}
	if err := made.fits(); err != nil {
		return nil, err
	}
	if before := c.roles[arn]; before != nil { // what others did to it stays
		made.Attached, made.Boundary, made.BoundaryPolicy = maps.Clone(before.Attached), before.Boundary, before.BoundaryPolicy
	}
	for _, managed := range r.ManagedPolicyArns {
		document, err := managedPolicy(managed)
		if err != nil {
			return nil, err
		}
		if made.Attached == nil {
			made.Attached = map[string]json.RawMessage{}
		}
		made.Attached[managed] = document
	}
	c.roles[arn] = made
	return func() { delete(c.roles, arn) }, nil
}

// maxInline is what the inline policies of a role may have together, without
// white space.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxInline = 10240

func (r *Role) fits() error {
	size := 0
	for _, document := range r.Policies {
		size += len(bytes.Join(bytes.Fields(document), nil))
	}
	if size > maxInline {
		return fmt.Errorf("LimitExceeded: Maximum policy size of %d bytes exceeded for role %s: it has %d", maxInline, r.Name, size)
	}
	return nil
}

type rolePolicy struct {
	PolicyName     string
	PolicyDocument json.RawMessage
	Roles          []string
}

func (p *rolePolicy) make(c *creation) (func(), error) {
	for _, name := range p.Roles {
		found := false
		for _, r := range c.roles {
			if r.Name == name && strings.Split(r.ARN, ":")[4] == c.template.Where.Account {
				r.Policies[p.PolicyName], found = p.PolicyDocument, true
				if err := r.fits(); err != nil {
					delete(r.Policies, p.PolicyName)
					return nil, err
				}
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no role %s", name)
		}
	}
	return func() {
		for _, r := range c.roles {
			if strings.Split(r.ARN, ":")[4] == c.template.Where.Account {
				delete(r.Policies, p.PolicyName)
			}
		}
	}, nil
}

// attach a policy to a resource.
func (c *creation) attach(arn string, document json.RawMessage) func() {
	c.policies[arn] = policy{document: document}
	return func() { delete(c.policies, arn) }
}

// allow adds one statement to the policy of a resource.
func (c *creation) allow(arn string, statement map[string]any) func() {
	p := c.policies[arn]
	p.statements = maps.Clone(p.statements)
	if p.statements == nil {
		p.statements = map[string]any{}
	}
	p.statements[c.id] = statement
	c.policies[arn] = p
	return func() { delete(c.policies[arn].statements, c.id) }
}
