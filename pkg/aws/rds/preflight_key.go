package rds

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// checkKey looks whether the key of the recovery point can be used, and
// whether it is the one that the plan expects. It returns the key's ARN, ""
// where the point is not encrypted or AWS owns the key.
//
// That the caller may make RDS a grant (kms:CreateGrant) cannot be tried
// without making one; see the hint of KMSKeyNotAccessibleFault.
func (a *Adapter) checkKey(ctx context.Context, s target, from origin) (string, []problem, error) {
	if !from.encrypted {
		if s.KMSKey == "" {
			return "", nil, nil
		}
		return "", []problem{{
			name: drill.RestoreRefused, code: drill.KeyUnusable, what: fmt.Sprintf("the plan names key %s, and the recovery point is not encrypted", s.KMSKey),
			hint: "have the copies encrypted; or leave drill.kmsKey out of lifeboat.yaml if they need not be",
		}}, nil
	}
	if from.key == "" {
		return "", nil, nil
	}
	key, problems, err := a.usableKey(ctx, s.Region(), from.key)
	if err != nil || len(problems) > 0 || s.KMSKey == "" {
		return key, problems, err
	}
	planned, problems, err := a.usableKey(ctx, s.Region(), s.KMSKey)
	if err != nil || len(problems) > 0 {
		return "", problems, err
	}
	if !sameKey(planned, key) {
		return "", []problem{{
			name: drill.RestoreRefused, code: drill.KeyUnusable, what: fmt.Sprintf("the plan names key %s (%s), and the recovery point is encrypted with %s", s.KMSKey, planned, key),
			hint: "copy the backups with the plan's key; or put drill.kmsKey right in lifeboat.yaml",
		}}, nil
	}
	return key, nil, nil
}

// usableKey describes a key: an ARN, an id or an alias.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
func (a *Adapter) usableKey(ctx context.Context, region, key string) (string, []problem, error) {
	out, err := a.in(region).keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &key})
	switch {
	case is(err, "NotFoundException"):
		return "", []problem{{
			name: drill.RestoreRefused, code: drill.KeyUnusable, what: fmt.Sprintf("key %s does not exist", key),
			hint: "what is encrypted with it cannot be read any more: make new copies with a key that exists in " + region,
		}}, nil
	case is(err, "AccessDeniedException", "AccessDenied"):
		return "", []problem{{name: drill.RestoreRefused, code: drill.RecoverabilityUnknown, unknown: true, what: fmt.Sprintf("key %s may not be used by the caller", key), hint: hints["KMSKeyNotAccessibleFault"]}}, nil
	case err != nil:
		return "", nil, named(drill.RestoreRefused, err, "looking at key %s in %s", key, region)
	}
	found := out.KeyMetadata
	if found == nil {
		return "", nil, &drill.Error{Name: drill.Transient, What: fmt.Sprintf("KMS says nothing about key %s", key)}
	}
	if found.KeyState == types.KeyStateEnabled || found.KeyState == "" && found.Enabled {
		return aws.ToString(found.Arn), nil, nil
	}
	mend := fmt.Sprintf("aws kms enable-key --key-id %s --region %s", aws.ToString(found.KeyId), region)
	switch found.KeyState { // the others are enabled again, or become usable by themselves
	case types.KeyStatePendingImport: // which nobody can enable: its material expired, or was deleted
		mend = fmt.Sprintf("import the same key material again: aws kms get-parameters-for-import --key-id %s --wrapping-algorithm RSAES_OAEP_SHA_256 --wrapping-key-spec RSA_4096 --region %s, then aws kms import-key-material",
			aws.ToString(found.KeyId), region)
	case types.KeyStatePendingDeletion:
		mend = fmt.Sprintf("aws kms cancel-key-deletion --key-id %s --region %s && %s", aws.ToString(found.KeyId), region, mend)
	}
	p := problem{name: drill.RestoreRefused, code: drill.KeyUnusable, what: fmt.Sprintf("key %s is %s", key, found.KeyState), hint: mend}
	if found.DeletionDate != nil {
		p.what += " and will be gone on " + day(*found.DeletionDate)
		p.target = day(*found.DeletionDate)
	}
	return "", []problem{p}, nil
}

// sameKey compares two keys by their ids: one may be an ARN.
func sameKey(a, b string) bool { return keyID(a) == keyID(b) }

func keyID(key string) string { return key[strings.LastIndexByte(key, '/')+1:] }
