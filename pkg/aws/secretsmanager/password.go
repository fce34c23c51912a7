// Package secretsmanager reads the passwords that a provider made for restored
// copies and keeps in AWS Secrets Manager.
package secretsmanager

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// api is what is used of AWS Secrets Manager.
type api interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// Passwords reads them. It is safe for concurrent use.
type Passwords struct {
	connect func(region string) api
}

// New makes no call. config is the SDK's configuration for a region.
func New(config func(region string) aws.Config) Passwords {
	return Passwords{func(region string) api { return secretsmanager.NewFromConfig(config(region)) }}
}

// Read is the current user and password in a secret of the form that RDS writes.
// Nothing of it may reach an error. Errors: NotReady where there is no value yet,
// ValidationImpossible, Throttled, Transient.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
func (p Passwords) Read(ctx context.Context, region, secret string) (user, password string, err error) {
	out, err := p.connect(region).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId: &secret, VersionStage: aws.String("AWSCURRENT"),
	})
	switch code := awsconfig.Code(err); {
	case err == nil:
	case code == "ResourceNotFoundException" || code == "InvalidRequestException": // not there yet, or between two versions
		return "", "", &drill.Error{Name: drill.NotReady, What: fmt.Sprintf("the password in %s cannot be read yet", secret), Err: err, MakingLogin: true}
	default:
		return "", "", awsconfig.Named(err, drill.ValidationImpossible, "reading the password in "+secret, hints[code])
	}
	var login struct{ Username, Password string }
	if json.Unmarshal([]byte(aws.ToString(out.SecretString)), &login) != nil || login.Username == "" || login.Password == "" {
		return "", "", &drill.Error{Name: drill.ValidationImpossible, What: fmt.Sprintf("the secret %s holds no user and password", secret)}
	}
	return login.Username, login.Password, nil
}

// hints per error code: what an operator can do.
var hints = map[string]string{
	"AccessDeniedException": "the policy of the validating role lacks a permission, or another policy denies it: the message names the action",
	"DecryptionFailure":     "the validating role needs kms:Decrypt on the key of the secret that RDS made",
}
