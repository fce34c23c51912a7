package kms_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
)

func TestKeysPolicyAndRotation(t *testing.T) {
	l, ctx := newLab(account, kms.Key{Aliases: []string{"alias/backups"}}, nil), context.Background()
	out, err := l.GetKeyPolicy(ctx, &sdk.GetKeyPolicyInput{KeyId: aws.String("backups")})
	if want := `{"Id":"key-default-1","Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Resource":"*","Sid":"Enable IAM User Permissions"}],"Version":"2012-10-17"}`; err != nil || *out.Policy != want {
		t.Errorf("what KMS gives every key: %+v, %v", out, err)
	}
	for want, in := range map[string]*sdk.GetKeyPolicyInput{
		"InvalidArnException": {KeyId: aws.String("alias/backups")},
		"NotFoundException":   {KeyId: aws.String("none")},
	} {
		if _, err := l.GetKeyPolicy(ctx, in); code(err) != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := newLab(other, kms.Key{}, nil).GetKeyPolicy(ctx, &sdk.GetKeyPolicyInput{KeyId: aws.String(key)}); code(err) != "AccessDeniedException" {
		t.Errorf("another account's: %v", err)
	}
	for _, rotated := range []bool{true, false} {
		l.kms.SetRotation(key, rotated)
		if out, err := l.GetKeyRotationStatus(ctx, &sdk.GetKeyRotationStatusInput{KeyId: aws.String(key)}); err != nil || out.KeyRotationEnabled != rotated {
			t.Errorf("%+v, %v", out, err)
		}
	}
}

func TestAliasIsMoved(t *testing.T) {
	l := newLab(account, kms.Key{Aliases: []string{"alias/backups"}}, nil)
	second := l.kms.AddKey(account, region, kms.Key{})
	l.kms.MoveAlias("alias/backups", second)
	if got, err := l.describe("alias/backups"); err != nil || *got.Arn != second {
		t.Errorf("%+v, %v", got, err)
	}
}
