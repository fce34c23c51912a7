// Package kms looks at keys: whether one is there, enabled and rotated, and what
// its policy says. It uses none.
package kms

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type api interface {
	DescribeKey(context.Context, *kms.DescribeKeyInput, ...func(*kms.Options)) (*kms.DescribeKeyOutput, error)
	GetKeyPolicy(context.Context, *kms.GetKeyPolicyInput, ...func(*kms.Options)) (*kms.GetKeyPolicyOutput, error)
	GetKeyRotationStatus(context.Context, *kms.GetKeyRotationStatusInput, ...func(*kms.Options)) (*kms.GetKeyRotationStatusOutput, error)
}

// Keys of an account and region.
type Keys struct{ api api }

// New makes an adapter. It makes no call.
func New(cfg aws.Config) Keys { return Keys{kms.NewFromConfig(cfg)} }

// Key finds one by its id, ARN, alias or alias's ARN; false: there is none. The
// error is a *seen.Unread.
func (k Keys) Key(ctx context.Context, id string) (seen.Key, bool, error) {
	out, err := k.api.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &id})
	if awsconfig.Code(err) == "NotFoundException" {
		return seen.Key{}, false, nil
	}
	if err != nil || out.KeyMetadata == nil {
		return seen.Key{}, false, seen.Cannot(err, "key "+id, "kms:DescribeKey on it")
	}
	m := out.KeyMetadata
	return seen.Key{ARN: aws.ToString(m.Arn), State: string(m.KeyState), AWSManaged: m.KeyManager == "AWS", Deletion: aws.ToTime(m.DeletionDate)}, true, nil
}

// Rotates is whether KMS replaces the material of a key by itself. Keys of AWS's
// are none of ours to ask about.
func (k Keys) Rotates(ctx context.Context, arn string) (bool, error) {
	out, err := k.api.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &arn})
	if err != nil {
		return false, seen.Cannot(err, "whether key "+arn+" is rotated", "kms:GetKeyRotationStatus on it")
	}
	return out.KeyRotationEnabled, nil
}

// Policy of a key by its ARN; nil: there is no such key.
func (k Keys) Policy(ctx context.Context, arn string) (json.RawMessage, error) {
	out, err := k.api.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &arn})
	if awsconfig.Code(err) == "NotFoundException" {
		return nil, nil
	}
	if err != nil {
		return nil, seen.Cannot(err, "the policy of "+arn, "kms:GetKeyPolicy on it")
	}
	return json.RawMessage(aws.ToString(out.Policy)), nil
}
