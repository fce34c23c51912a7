package s3

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type policyAPI interface {
	GetBucketPolicy(context.Context, *s3.GetBucketPolicyInput, ...func(*s3.Options)) (*s3.GetBucketPolicyOutput, error)
}

// Policies of buckets.
type Policies struct{ api policyAPI }

// NewPolicies makes an adapter. It makes no call.
func NewPolicies(cfg aws.Config) Policies {
	return Policies{s3.NewFromConfig(cfg, func(c *s3.Options) { c.UsePathStyle = c.BaseEndpoint != nil })}
}

// Policy of a bucket by its ARN; nil: it has none, or is not there. The error is a
// *seen.Unread.
func (p Policies) Policy(ctx context.Context, arn string) (json.RawMessage, error) {
	bucket := arn[strings.LastIndexByte(arn, ':')+1:]
	out, err := p.api.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &bucket})
	if code := awsconfig.Code(err); code == "NoSuchBucketPolicy" || code == "NoSuchBucket" {
		return nil, nil
	}
	if err != nil {
		return nil, seen.Cannot(err, "the policy of "+arn, "s3:GetBucketPolicy on it")
	}
	return json.RawMessage(aws.ToString(out.Policy)), nil
}
