package kms

import (
	"encoding/json"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type policyIn struct {
	KeyID      string `json:"KeyId"`
	PolicyName *string
}

type policyOut struct{ Policy, PolicyName string }

// policy answers https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html.
// It goes by id and ARN only, and not to another account's keys.
func (s *Service) policy(c *wire.Call, in policyIn) (policyOut, error) {
	if in.PolicyName != nil && *in.PolicyName != "default" {
		return policyOut{}, wire.Errorf("NotFoundException", "No such policy exists")
	}
	k, err := s.ownKey(c, in.KeyID)
	if err != nil {
		return policyOut{}, err
	}
	var text json.RawMessage
	if s.o.Policy != nil {
		text = s.o.Policy(k.arn)
	}
	if text == nil {
		text, _ = json.Marshal(map[string]any{"Version": "2012-10-17", "Id": "key-default-1", "Statement": []any{map[string]any{ // texts always encode
			"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
			"Principal": map[string]any{"AWS": wire.GlobalARN("iam", k.region(), k.account(), "root")},
		}}})
	}
	return policyOut{string(text), "default"}, nil
}

type rotationIn struct {
	KeyID string `json:"KeyId"`
}

type rotationOut struct {
	KeyID                string `json:"KeyId"`
	KeyRotationEnabled   bool
	RotationPeriodInDays int `json:",omitempty"`
}

// rotation answers https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html.
func (s *Service) rotation(c *wire.Call, in rotationIn) (rotationOut, error) {
	k, err := s.ownKey(c, in.KeyID)
	if err != nil {
		return rotationOut{}, err
	}
	out := rotationOut{KeyID: k.arn, KeyRotationEnabled: k.Rotated}
	if k.Rotated {
		out.RotationPeriodInDays = 365
	}
	return out, nil
}

// ownKey finds a key of the caller's account, for operations that take no alias.
func (s *Service) ownKey(c *wire.Call, id string) (*Key, error) {
	if strings.Contains(id, "alias/") {
		return nil, wire.Errorf("InvalidArnException", "%s is an alias, and %s takes a key", id, c.Operation)
	}
	k, err := s.find(c, id)
	if err != nil {
		return nil, err
	}
	if k.account() != c.Account {
		return nil, wire.Denied(c, "AccessDeniedException", "kms:"+c.Operation, k.arn)
	}
	return k, nil
}

// SetRotation says whether a key is rotated; of an unknown one nothing.
func (s *Service) SetRotation(arn string, rotated bool) {
	if k := s.byARN(arn); k != nil {
		k.Rotated = rotated
	}
}
