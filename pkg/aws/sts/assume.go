package sts

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// afresh is how long before they end credentials are no longer used: a call may
// take minutes, and clocks differ.
const afresh = 5 * time.Minute

// Role is one that the caller acts as. Its credentials are asked for when they are
// first needed, from STS in the region of the configuration, and kept until shortly
// before they end, an hour later: it is role chaining.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
//
// It implements aws.CredentialsProvider, and is safe for concurrent use.
type Role struct {
	api   assuming
	arn   string
	as    string
	clock interface{ Now() time.Time }

	mu   sync.Mutex
	have aws.Credentials
}

type assuming interface {
	AssumeRole(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
}

// Assume makes no call. session is the name under which CloudTrail shows what is
// done: 2 to 64 letters, digits and +=,.@-
func Assume(cfg aws.Config, roleARN, session string, clock interface{ Now() time.Time }) *Role {
	return &Role{api: sts.NewFromConfig(cfg), arn: roleARN, as: session, clock: clock}
}

// Retrieve implements aws.CredentialsProvider.
func (r *Role) Retrieve(ctx context.Context) (aws.Credentials, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.have.Expires.After(r.clock.Now().Add(afresh)) {
		return r.have, nil
	}
	out, err := r.api.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &r.arn, RoleSessionName: &r.as})
	if err != nil {
		return aws.Credentials{}, awsconfig.Named(err, drill.Unexpected, "act as "+r.arn, "see that the role is there and trusts this function: deploy lifeboat again")
	}
	if out.Credentials == nil {
		return aws.Credentials{}, &drill.Error{Name: drill.Unexpected, What: fmt.Sprintf("act as %s: STS gave no credentials", r.arn)}
	}
	r.have = aws.Credentials{
		AccessKeyID: aws.ToString(out.Credentials.AccessKeyId), SecretAccessKey: aws.ToString(out.Credentials.SecretAccessKey),
		SessionToken: aws.ToString(out.Credentials.SessionToken), Source: "lifeboat",
		CanExpire: true, Expires: aws.ToTime(out.Credentials.Expiration).UTC(),
	}
	return r.have, nil
}
