package rds

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
)

// askingOnce is the adapter for one look at many databases: it puts every
// question that they share to a region once and remembers the answer, also that
// there was none. A fleet has a few engines, classes, groups and keys.
func (a *Adapter) askingOnce() *Adapter {
	return newAdapter(a.options, func(region string) clients {
		c, m := a.in(region), answers{}
		return clients{rds: rdsOnce{c.rds, m}, keys: keysOnce{c.keys, m}, roles: rolesOnce{c.roles, m}}
	})
}

// answers by question. It is not safe for concurrent use.
type answers map[string]answer

type answer struct {
	out any
	err error
}

func ask[In, Out any](m answers, operation string, in *In, call func() (*Out, error)) (*Out, error) {
	question, err := json.Marshal(in)
	if err != nil {
		return call()
	}
	key := operation + string(question)
	known, asked := m[key]
	if !asked {
		out, err := call()
		known = answer{out, err}
		m[key] = known
	}
	out, _ := known.out.(*Out)
	return out, known.err
}

type rdsOnce struct {
	rdsAPI
	answers
}

type keysOnce struct {
	keyAPI
	answers
}

type rolesOnce struct {
	roleAPI
	answers
}

func (r rdsOnce) DescribeAccountAttributes(ctx context.Context, in *awsrds.DescribeAccountAttributesInput, o ...func(*awsrds.Options)) (*awsrds.DescribeAccountAttributesOutput, error) {
	return ask(r.answers, "DescribeAccountAttributes", in, func() (*awsrds.DescribeAccountAttributesOutput, error) {
		return r.rdsAPI.DescribeAccountAttributes(ctx, in, o...)
	})
}

func (r rdsOnce) DescribeDBSubnetGroups(ctx context.Context, in *awsrds.DescribeDBSubnetGroupsInput, o ...func(*awsrds.Options)) (*awsrds.DescribeDBSubnetGroupsOutput, error) {
	return ask(r.answers, "DescribeDBSubnetGroups", in, func() (*awsrds.DescribeDBSubnetGroupsOutput, error) {
		return r.rdsAPI.DescribeDBSubnetGroups(ctx, in, o...)
	})
}

func (r rdsOnce) DescribeDBParameterGroups(ctx context.Context, in *awsrds.DescribeDBParameterGroupsInput, o ...func(*awsrds.Options)) (*awsrds.DescribeDBParameterGroupsOutput, error) {
	return ask(r.answers, "DescribeDBParameterGroups", in, func() (*awsrds.DescribeDBParameterGroupsOutput, error) {
		return r.rdsAPI.DescribeDBParameterGroups(ctx, in, o...)
	})
}

func (r rdsOnce) DescribeOptionGroups(ctx context.Context, in *awsrds.DescribeOptionGroupsInput, o ...func(*awsrds.Options)) (*awsrds.DescribeOptionGroupsOutput, error) {
	return ask(r.answers, "DescribeOptionGroups", in, func() (*awsrds.DescribeOptionGroupsOutput, error) {
		return r.rdsAPI.DescribeOptionGroups(ctx, in, o...)
	})
}

func (r rdsOnce) DescribeDBMajorEngineVersions(ctx context.Context, in *awsrds.DescribeDBMajorEngineVersionsInput, o ...func(*awsrds.Options)) (*awsrds.DescribeDBMajorEngineVersionsOutput, error) {
	return ask(r.answers, "DescribeDBMajorEngineVersions", in, func() (*awsrds.DescribeDBMajorEngineVersionsOutput, error) {
		return r.rdsAPI.DescribeDBMajorEngineVersions(ctx, in, o...)
	})
}

func (r rdsOnce) DescribeDBEngineVersions(ctx context.Context, in *awsrds.DescribeDBEngineVersionsInput, o ...func(*awsrds.Options)) (*awsrds.DescribeDBEngineVersionsOutput, error) {
	return ask(r.answers, "DescribeDBEngineVersions", in, func() (*awsrds.DescribeDBEngineVersionsOutput, error) {
		return r.rdsAPI.DescribeDBEngineVersions(ctx, in, o...)
	})
}

func (r rdsOnce) DescribeOrderableDBInstanceOptions(ctx context.Context, in *awsrds.DescribeOrderableDBInstanceOptionsInput, o ...func(*awsrds.Options)) (*awsrds.DescribeOrderableDBInstanceOptionsOutput, error) {
	return ask(r.answers, "DescribeOrderableDBInstanceOptions", in, func() (*awsrds.DescribeOrderableDBInstanceOptionsOutput, error) {
		return r.rdsAPI.DescribeOrderableDBInstanceOptions(ctx, in, o...)
	})
}

func (k keysOnce) DescribeKey(ctx context.Context, in *kms.DescribeKeyInput, o ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	return ask(k.answers, "DescribeKey", in, func() (*kms.DescribeKeyOutput, error) { return k.keyAPI.DescribeKey(ctx, in, o...) })
}

func (r rolesOnce) GetRole(ctx context.Context, in *iam.GetRoleInput, o ...func(*iam.Options)) (*iam.GetRoleOutput, error) {
	return ask(r.answers, "GetRole", in, func() (*iam.GetRoleOutput, error) { return r.roleAPI.GetRole(ctx, in, o...) })
}
