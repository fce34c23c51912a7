package rds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// secretAPI is what is used of AWS Secrets Manager: reading the master
// password that RDS made for the copy.
type secretAPI interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

func newSecrets(config aws.Config) secretAPI { return secretsmanager.NewFromConfig(config) }
