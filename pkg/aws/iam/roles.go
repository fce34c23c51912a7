// Package iam reads roles and asks IAM's policy simulator about them. It changes
// nothing.
package iam

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

// api is what this package uses of IAM.
type api interface {
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
	GetRolePolicy(context.Context, *iam.GetRolePolicyInput, ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error)
	iam.ListRolePoliciesAPIClient
	iam.ListAttachedRolePoliciesAPIClient
	iam.SimulatePrincipalPolicyAPIClient
}

// Adapter is of an account: IAM has no regions. It is not for concurrent use.
type Adapter struct {
	api   api
	pause func(context.Context, time.Duration) error
}

// New makes an adapter. It makes no call. pause waits between two simulations, of
// which IAM answers a few in a second; nil: it does not wait.
func New(cfg aws.Config, pause func(context.Context, time.Duration) error) *Adapter {
	if pause == nil {
		pause = func(context.Context, time.Duration) error { return nil }
	}
	return &Adapter{iam.NewFromConfig(cfg), pause}
}

// Role reads a role with its policies; false: there is none of that name. Errors
// are *seen.Unread.
func (a *Adapter) Role(ctx context.Context, name string) (seen.Role, bool, error) {
	out, err := a.api.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if awsconfig.Code(err) == "NoSuchEntity" {
		return seen.Role{}, false, nil
	}
	if err != nil {
		return seen.Role{}, false, cannot(err, "the role "+name, "iam:GetRole", name)
	}
	r := seen.Role{Name: name, ARN: aws.ToString(out.Role.Arn)}
	if r.Trust, err = document(out.Role.AssumeRolePolicyDocument); err != nil {
		return seen.Role{}, false, cannot(err, "the trust policy of "+name, "iam:GetRole", name)
	}
	if b := out.Role.PermissionsBoundary; b != nil {
		r.Boundary = aws.ToString(b.PermissionsBoundaryArn)
	}
	if r.Inline, err = a.inline(ctx, name); err != nil {
		return seen.Role{}, false, err
	}
	pages := iam.NewListAttachedRolePoliciesPaginator(a.api, &iam.ListAttachedRolePoliciesInput{RoleName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return seen.Role{}, false, cannot(err, "what is attached to "+name, "iam:ListAttachedRolePolicies", name)
		}
		for _, p := range page.AttachedPolicies {
			r.Attached = append(r.Attached, aws.ToString(p.PolicyArn))
		}
	}
	return r, true, nil
}

func (a *Adapter) inline(ctx context.Context, role string) (map[string]json.RawMessage, error) {
	policies := map[string]json.RawMessage{}
	pages := iam.NewListRolePoliciesPaginator(a.api, &iam.ListRolePoliciesInput{RoleName: &role})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, cannot(err, "the policies of "+role, "iam:ListRolePolicies", role)
		}
		for _, name := range page.PolicyNames {
			out, err := a.api.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
			if err == nil {
				policies[name], err = document(out.PolicyDocument)
			}
			if err != nil {
				return nil, cannot(err, "the policy "+name+" of "+role, "iam:GetRolePolicy", role)
			}
		}
	}
	return policies, nil
}

// document is a policy as IAM returns it: escaped as in a URL.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
func document(escaped *string) (json.RawMessage, error) {
	text, err := url.PathUnescape(aws.ToString(escaped))
	if err != nil {
		return nil, fmt.Errorf("its policy is not escaped as IAM does it: %w", err)
	}
	return json.RawMessage(text), nil
}

func cannot(err error, what, action, role string) error {
	return seen.Cannot(err, what, action+" on the role "+role)
}
