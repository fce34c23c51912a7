package iam

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type policyIn struct{ RoleName, PolicyName string }

type policyOut struct {
	RoleName       string
	PolicyName     string
	PolicyDocument string // escaped as in a URL
}

func (s *Service) getRolePolicy(c *wire.Call, in policyIn) (policyOut, error) {
	r, err := s.named(c, in.RoleName)
	if err != nil {
		return policyOut{}, err
	}
	document, there := r.Inline[in.PolicyName]
	if !there {
		return policyOut{}, gone("The role policy with name " + in.PolicyName + " cannot be found.")
	}
	return policyOut{r.Name, in.PolicyName, escaped(document)}, nil
}

type policiesOut struct {
	PolicyNames []string `xml:"PolicyNames>member"`
	IsTruncated bool
}

func (s *Service) listRolePolicies(c *wire.Call, in roleIn) (policiesOut, error) {
	r, err := s.named(c, in.RoleName)
	return policiesOut{PolicyNames: slices.Sorted(maps.Keys(r.Inline))}, err
}

type attachedOut struct {
	AttachedPolicies []attached `xml:"AttachedPolicies>member"`
	IsTruncated      bool
}

type attached struct {
	PolicyName string
	PolicyARN  string `xml:"PolicyArn"`
}

func (s *Service) listAttached(c *wire.Call, in roleIn) (out attachedOut, err error) {
	r, err := s.named(c, in.RoleName)
	for _, arn := range slices.Sorted(maps.Keys(r.Attached)) {
		out.AttachedPolicies = append(out.AttachedPolicies, attached{arn[strings.LastIndexByte(arn, '/')+1:], arn})
	}
	return out, err
}

// escaped as IAM returns documents: RFC 3986, in which a space is %20.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
func escaped(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}
