package iam_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/iam"
)

// What is no question is refused as IAM does it, and what is not modelled by name.
func TestQuestionsThatAreRefused(t *testing.T) {
	service, client, _ := newLab()
	arn := service.AddRole(account, iam.Role{Name: "shop"})
	plain := func() *sdk.SimulatePrincipalPolicyInput {
		return &sdk.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(arn), ActionNames: []string{"s3:GetObject"}}
	}
	ask := func(change func(*sdk.SimulatePrincipalPolicyInput)) error {
		in := plain()
		change(in)
		_, err := client.SimulatePrincipalPolicy(context.Background(), in)
		return err
	}
	unevaluated := ask(func(*sdk.SimulatePrincipalPolicyInput) {})
	service.Evaluate = func([]json.RawMessage, string, string, string, map[string]any) (iam.Evaluation, error) {
		return iam.Evaluation{Allowed: true}, nil
	}
	if err := ask(func(*sdk.SimulatePrincipalPolicyInput) {}); err != nil {
		t.Error(err)
	}
	entry := types.ContextEntry{ContextKeyName: aws.String("k"), ContextKeyType: types.ContextKeyTypeEnumString, ContextKeyValues: []string{"a", "b"}}
	for name, c := range map[string]struct {
		err  error
		code string
	}{
		"nobody evaluates": {unevaluated, "NotSimulated"},
		"no such role":     {ask(func(in *sdk.SimulatePrincipalPolicyInput) { in.PolicySourceArn = aws.String(arn + "2") }), "NoSuchEntity"},
		"another account's role": {ask(func(in *sdk.SimulatePrincipalPolicyInput) {
			in.PolicySourceArn = aws.String("arn:aws:iam::444455556666:role/shop")
		}), "NoSuchEntity"},
		"no service":        {ask(func(in *sdk.SimulatePrincipalPolicyInput) { in.ActionNames = []string{"GetObject"} }), "InvalidInput"},
		"a wildcard":        {ask(func(in *sdk.SimulatePrincipalPolicyInput) { in.ActionNames = []string{"s3:Get*"} }), "InvalidInput"},
		"two values of one": {ask(func(in *sdk.SimulatePrincipalPolicyInput) { in.ContextEntries = []types.ContextEntry{entry} }), "InvalidInput"},
		"no such type": {ask(func(in *sdk.SimulatePrincipalPolicyInput) {
			e := entry
			e.ContextKeyType = "text"
			in.ContextEntries = []types.ContextEntry{e}
		}), "ValidationError"},
		"more resources": {ask(func(in *sdk.SimulatePrincipalPolicyInput) {
			in.ResourceArns = []string{"arn:aws:s3:::a", "arn:aws:s3:::b"}
		}), "NotSimulated"},
		"a resource policy": {ask(func(in *sdk.SimulatePrincipalPolicyInput) { in.ResourcePolicy = aws.String("{}") }), "NotSimulated"},
	} {
		var answered smithy.APIError
		if !errors.As(c.err, &answered) || answered.ErrorCode() != c.code {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}

func TestPoliciesOfARole(t *testing.T) {
	service, client, _ := newLab()
	service.AddRole(account, iam.Role{Name: "shop", Inline: map[string]string{"own": `{"a b": "+"}`}})
	out, err := client.GetRolePolicy(context.Background(), &sdk.GetRolePolicyInput{RoleName: aws.String("shop"), PolicyName: aws.String("own")})
	if err != nil || *out.PolicyDocument != "%7B%22a%20b%22%3A%20%22%2B%22%7D" {
		t.Errorf("%v %v", out, err)
	}
	var gone *types.NoSuchEntityException
	if _, err := client.GetRolePolicy(context.Background(), &sdk.GetRolePolicyInput{RoleName: aws.String("shop"), PolicyName: aws.String("other")}); !errors.As(err, &gone) {
		t.Error(err)
	}
	if _, err := client.ListRolePolicies(context.Background(), &sdk.ListRolePoliciesInput{RoleName: aws.String("nobody")}); !errors.As(err, &gone) {
		t.Error(err)
	}
}
