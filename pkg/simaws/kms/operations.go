package kms

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type describeIn struct {
	KeyID string
}

type describeOut struct {
	KeyMetadata metadata
}

type metadata struct {
	AWSAccountID          string `json:"AWSAccountId"`
	KeyID                 string `json:"KeyId"`
	Arn                   string
	CreationDate          wire.Epoch
	Enabled               bool
	Description           string
	KeyUsage              string
	KeyState              State
	DeletionDate          *wire.Epoch `json:",omitempty"`
	Origin                string
	KeyManager            string
	CustomerMasterKeySpec string
	KeySpec               string
	EncryptionAlgorithms  []string
	MultiRegion           bool
}

func (s *Service) describe(c *wire.Call, in describeIn) (describeOut, error) {
	k, err := s.find(c, in.KeyID)
	if err != nil {
		return describeOut{}, err
	}
	m := metadata{
		AWSAccountID: k.account(), KeyID: k.ID, Arn: k.arn, CreationDate: wire.Epoch(k.Created), Enabled: k.State == Enabled,
		Description: k.Description, KeyUsage: "ENCRYPT_DECRYPT", KeyState: k.State, Origin: "AWS_KMS", KeyManager: "CUSTOMER",
		CustomerMasterKeySpec: "SYMMETRIC_DEFAULT", KeySpec: "SYMMETRIC_DEFAULT", EncryptionAlgorithms: []string{"SYMMETRIC_DEFAULT"},
	}
	if k.AWSManaged {
		m.KeyManager = "AWS"
	}
	if k.State == PendingDeletion {
		at := wire.Epoch(k.Deletion)
		m.DeletionDate = &at
	}
	return describeOut{m}, nil
}

type grantIn struct {
	KeyID            string
	GranteePrincipal string
	Operations       []string
	DryRun           bool
}

type grantOut struct {
	GrantToken string
	GrantID    string `json:"GrantId"`
}

// createGrant is a call of the caller's own: what may only be granted for AWS
// resources is refused. RDS's grants go through Usable.
func (s *Service) createGrant(c *wire.Call, in grantIn) (grantOut, error) {
	k, err := s.find(c, in.KeyID)
	if err != nil {
		return grantOut{}, err
	}
	if in.GranteePrincipal == "" || len(in.Operations) == 0 {
		return grantOut{}, wire.Errorf("ValidationException", "GranteePrincipal and Operations are required")
	}
	switch k.State {
	case Disabled:
		return grantOut{}, wire.Errorf("DisabledException", "%s is disabled.", k.arn)
	case PendingDeletion:
		return grantOut{}, wire.Errorf("KMSInvalidStateException", "%s is pending deletion.", k.arn)
	case Enabled:
	}
	if in.DryRun {
		return grantOut{}, wire.Errorf("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
	}
	k.grants = append(k.grants, grant{in.GranteePrincipal, in.Operations})
	id := fmt.Sprintf("%064x", s.next())
	return grantOut{GrantToken: "token-" + id, GrantID: id}, nil
}

// find resolves a key's id, ARN, alias or alias's ARN, and refuses a caller who
// may not do the call's action with it. Other accounts' keys go by ARN only.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
func (s *Service) find(c *wire.Call, id string) (*Key, error) {
	account, name := c.Account, id
	if strings.HasPrefix(id, "arn:") {
		parts := strings.SplitN(id, ":", 6)
		if len(parts) < 6 || parts[2] != "kms" {
			return nil, wire.Errorf("InvalidArnException", "Invalid arn %s", id)
		}
		if parts[3] != c.Region {
			return nil, wire.Errorf("NotFoundException", "Invalid arn %s", parts[3])
		}
		account, name = parts[4], parts[5]
	}
	name = strings.TrimPrefix(name, "key/")
	i := slices.IndexFunc(s.keys, func(k *Key) bool {
		return k.account() == account && k.region() == c.Region && (k.ID == name || slices.Contains(k.Aliases, name))
	})
	if i >= 0 {
		k := s.keys[i]
		c.Touch(k.arn)
		why := s.refusal(k, Use{Account: c.Account, Principal: c.Principal, Action: "kms:" + c.Operation, Key: k.arn})
		if why != "" {
			return nil, wire.Errorf("AccessDeniedException", "User: %s is not authorized to perform: kms:%s on resource: %s because %s", c.Caller(), c.Operation, k.arn, why)
		}
		return k, nil
	}
	c.Touch(id)
	switch {
	case account != c.Account: // whether it exists is not told
		return nil, wire.Errorf("AccessDeniedException", "User: %s is not authorized to perform: kms:%s on resource: %s because the resource does not exist in this Region, "+
			"no resource-based policies allow access, or a resource-based policy explicitly denies access", c.Caller(), c.Operation, id)
	case strings.HasPrefix(name, "alias/aws/"):
		return nil, wire.Unknown("%s %s: %s: DescribeKey would make the key of a service, which AddKey must have made here", c.Service, c.Operation, id)
	case strings.HasPrefix(name, "alias/"):
		return nil, wire.Errorf("NotFoundException", "Alias %s is not found.", wire.ARN("kms", c.Region, account, name))
	}
	return nil, wire.Errorf("NotFoundException", "Key '%s' does not exist", wire.ARN("kms", c.Region, account, "key/"+name))
}

func uuid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
