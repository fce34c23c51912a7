// Package iam is the simulated Identity and Access Management: it shows roles with
// their policies, and has somebody else evaluate these for SimulatePrincipalPolicy.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
package iam

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// LinkedRoleRDS is the service-linked role of RDS. A fresh account lacks it
// until RDS first makes something there.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html
const LinkedRoleRDS = "AWSServiceRoleForRDS"

// Role of an account.
type Role struct {
	Name        string
	Path        string // default "/"
	Description string
	// TrustPolicy is JSON; default: nobody may assume the role.
	TrustPolicy string
	Created     time.Time // default now
	// MaxSession is how long a session may last; default an hour.
	MaxSession time.Duration
	// Inline policies by name, managed ones by ARN; JSON.
	Inline, Attached map[string]string
	// Boundary is the ARN of the policy that bounds what the role may, and
	// BoundaryPolicy what it says; "" none.
	Boundary, BoundaryPolicy string

	account, id string
}

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	wire.Query
	// Others are roles that somebody else keeps, as a stack does; nil: there are none.
	Others func(account, name string) (Role, bool)
	// Evaluate evaluates policies; nil: SimulatePrincipalPolicy is not simulated.
	Evaluate Evaluator

	clock    clock.Clock
	roles    []Role
	controls map[string]json.RawMessage // service control policies, by account
}

// New makes the service, without any role.
func New(c clock.Clock) *Service {
	s := &Service{clock: c, controls: map[string]json.RawMessage{}}
	s.Query = wire.Query{Namespace: "https://iam.amazonaws.com/doc/2010-05-08/", Operations: map[string]wire.Operation{
		"GetRole":                  wire.Op(s.getRole),
		"GetRolePolicy":            wire.Op(s.getRolePolicy),
		"ListRolePolicies":         wire.Op(s.listRolePolicies),
		"ListAttachedRolePolicies": wire.Op(s.listAttached),
		"SimulatePrincipalPolicy":  wire.Op(s.simulate),
	}}
	return s
}

// AddRole makes a role and returns its ARN.
func (s *Service) AddRole(account string, r Role) string {
	r.account, r.id = account, fmt.Sprintf("AROA%017d", len(s.roles)+1)
	r = s.complete(r)
	s.roles = append(s.roles, r)
	return r.arn("")
}

// AddLinkedRoleRDS makes the service-linked role of RDS in an account.
func (s *Service) AddLinkedRoleRDS(account string) {
	s.AddRole(account, Role{
		Name: LinkedRoleRDS, Path: "/aws-service-role/rds.amazonaws.com/",
		Description: "Allows Amazon RDS to manage AWS resources on your behalf",
		TrustPolicy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"rds.amazonaws.com"},"Action":"sts:AssumeRole"}]}`,
	})
}

// Has tells whether an account has a role of a name.
func (s *Service) Has(account, name string) bool { return s.find(account, name) >= 0 }

// HasLinkedRoleRDS says whether an account has it, for the RDS model.
func (s *Service) HasLinkedRoleRDS(account string) bool { return s.find(account, LinkedRoleRDS) >= 0 }

func (s *Service) find(account, name string) int {
	return slices.IndexFunc(s.roles, func(r Role) bool { return r.account == account && r.Name == name })
}

// arn is the role's as seen in a region: an account lies in one partition.
func (r Role) arn(region string) string {
	return wire.GlobalARN("iam", region, r.account, "role"+r.Path+r.Name)
}

type roleIn struct {
	RoleName string
}

type roleOut struct {
	Role shown
}

type shown struct {
	Path                     string
	RoleName                 string
	RoleID                   string `xml:"RoleId"`
	Arn                      string
	CreateDate               string
	AssumeRolePolicyDocument string // URL-encoded, as IAM returns it
	Description              string `xml:",omitempty"`
	MaxSessionDuration       int
	PermissionsBoundary      *bounded `xml:",omitempty"`
}

type bounded struct {
	PermissionsBoundaryType string
	PermissionsBoundaryARN  string `xml:"PermissionsBoundaryArn"`
}

func (s *Service) getRole(c *wire.Call, in roleIn) (roleOut, error) {
	r, err := s.named(c, in.RoleName)
	if err != nil {
		return roleOut{}, err
	}
	out := roleOut{shown{
		Path: r.Path, RoleName: r.Name, RoleID: r.id, Arn: r.arn(c.Region), CreateDate: r.Created.UTC().Format(time.RFC3339),
		AssumeRolePolicyDocument: escaped(r.TrustPolicy), Description: r.Description, MaxSessionDuration: int(r.MaxSession.Seconds()),
	}}
	if r.Boundary != "" {
		out.Role.PermissionsBoundary = &bounded{"PermissionsBoundaryPolicy", r.Boundary}
	}
	return out, nil
}

// named is the role that a call names.
func (s *Service) named(c *wire.Call, name string) (Role, error) {
	r, there := s.role(c.Account, name)
	if !there {
		c.Touch(wire.GlobalARN("iam", c.Region, c.Account, "role/"+name))
		return Role{}, gone("The role with name " + name + " cannot be found.")
	}
	c.Touch(r.arn(c.Region))
	return r, nil
}

// role of an account, whoever keeps it.
func (s *Service) role(account, name string) (Role, bool) {
	if i := s.find(account, name); i >= 0 {
		return s.roles[i], true
	}
	if s.Others == nil {
		return Role{}, false
	}
	r, there := s.Others(account, name)
	r.account, r.id = account, cmp.Or(r.id, "AROA00000000000000000")
	return s.complete(r), there
}

// complete fills in what has a default.
func (s *Service) complete(r Role) Role {
	r.Path, r.TrustPolicy = cmp.Or(r.Path, "/"), cmp.Or(r.TrustPolicy, `{"Version":"2012-10-17","Statement":[]}`)
	r.MaxSession = cmp.Or(r.MaxSession, time.Hour)
	if r.Created.IsZero() {
		r.Created = s.clock.Now()
	}
	return r
}
