package rds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// keyAPI is what is used of AWS KMS: looking whether a key can be used.
type keyAPI interface {
	DescribeKey(context.Context, *kms.DescribeKeyInput, ...func(*kms.Options)) (*kms.DescribeKeyOutput, error)
}

// roleAPI is what is used of IAM: looking whether RDS has its own role.
type roleAPI interface {
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
}

func newKeys(config aws.Config) keyAPI   { return kms.NewFromConfig(config) }
func newRoles(config aws.Config) roleAPI { return iam.NewFromConfig(config) }
