// Package iam is the simulated Identity and Access Management, as far as the
// question goes whether a role exists. Policies are not evaluated.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
package iam

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
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

	account, id string
}

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	wire.Query
	clock clock.Clock
	roles []Role
}

// New makes the service, without any role.
func New(c clock.Clock) *Service {
	s := &Service{clock: c}
	s.Query = wire.Query{Namespace: "https://iam.amazonaws.com/doc/2010-05-08/", Operations: map[string]wire.Operation{
		"GetRole": wire.Op(s.getRole),
	}}
	return s
}

// AddRole makes a role and returns its ARN.
func (s *Service) AddRole(account string, r Role) string {
	r.account, r.id = account, fmt.Sprintf("AROA%017d", len(s.roles)+1)
	r.Path, r.TrustPolicy = cmp.Or(r.Path, "/"), cmp.Or(r.TrustPolicy, `{"Version":"2012-10-17","Statement":[]}`)
	r.MaxSession = cmp.Or(r.MaxSession, time.Hour)
	if r.Created.IsZero() {
		r.Created = s.clock.Now()
	}
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
}

func (s *Service) getRole(c *wire.Call, in roleIn) (roleOut, error) {
	i := s.find(c.Account, in.RoleName)
	if i < 0 {
		c.Touch(wire.GlobalARN("iam", c.Region, c.Account, "role/"+in.RoleName))
		return roleOut{}, &wire.Error{Code: "NoSuchEntity", Status: http.StatusNotFound, Message: "The role with name " + in.RoleName + " cannot be found."}
	}
	r := s.roles[i]
	c.Touch(r.arn(c.Region))
	return roleOut{shown{
		r.Path, r.Name, r.id, r.arn(c.Region), r.Created.UTC().Format(time.RFC3339), url.QueryEscape(r.TrustPolicy), r.Description, int(r.MaxSession.Seconds()),
	}}, nil
}
