// Package sts asks AWS who we are.
package sts

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

type api interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// Caller is who makes the calls.
type Caller struct {
	Account string // 12 digits
	ARN     string // of the user or the assumed role
}

// Adapter asks the regional endpoint of its configuration, so that the loss of
// another region does not matter.
type Adapter struct{ api api }

// New makes an adapter. It makes no call.
func New(cfg aws.Config) Adapter { return Adapter{sts.NewFromConfig(cfg)} }

// Caller returns who the credentials belong to.
func (a Adapter) Caller(ctx context.Context) (Caller, error) {
	out, err := a.api.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Caller{}, awsconfig.Named(err, drill.InvalidInput, "asking AWS who we are", "log in, for instance with `aws sso login`, or set AWS_PROFILE")
	}
	return Caller{Account: aws.ToString(out.Account), ARN: aws.ToString(out.Arn)}, nil
}
