package secretsmanager

import (
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type valueIn struct {
	SecretID     string
	VersionID    *string
	VersionStage *string // default AWSCURRENT
}

type valueOut struct {
	ARN           string
	Name          string
	VersionID     string `json:"VersionId"`
	SecretString  string
	VersionStages []string
	CreatedDate   wire.Epoch
}

// value answers the version that the id and the label name; both must agree.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
func (s *Service) value(c *wire.Call, in valueIn) (valueOut, error) {
	secret, err := s.find(c, in.SecretID)
	if err != nil {
		return valueOut{}, err
	}
	if !secret.deletion.IsZero() {
		return valueOut{}, wire.Errorf("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
	}
	stage, missing := current, "staging label: "+current
	if in.VersionStage != nil {
		stage, missing = *in.VersionStage, "staging label: "+*in.VersionStage
	}
	v := secret.at(stage)
	if in.VersionID != nil {
		missing = "VersionId: " + *in.VersionID
		i := slices.IndexFunc(secret.versions, func(v version) bool { return v.id == *in.VersionID })
		switch {
		case i < 0:
			v = nil
		case in.VersionStage != nil && !slices.Contains(secret.versions[i].stages, stage):
			return valueOut{}, wire.Errorf("InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId.")
		default:
			v = &secret.versions[i]
		}
	}
	if v == nil || c.Now.Before(v.from) {
		return valueOut{}, wire.Errorf("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for %s", missing)
	}
	return valueOut{secret.arn, secret.Name, v.id, v.value, v.stages, wire.Epoch(v.created)}, nil
}

type describeIn struct {
	SecretID string
}

type describeOut struct {
	ARN                string
	Name               string
	Description        string         `json:",omitempty"`
	KmsKeyID           string         `json:"KmsKeyId,omitempty"`
	RotationEnabled    *bool          `json:",omitempty"`
	RotationRules      *rotationRules `json:",omitempty"`
	LastRotatedDate    *wire.Epoch    `json:",omitempty"`
	NextRotationDate   *wire.Epoch    `json:",omitempty"`
	LastChangedDate    wire.Epoch
	DeletedDate        *wire.Epoch `json:",omitempty"`
	Tags               []Tag
	VersionIDsToStages map[string][]string `json:"VersionIdsToStages"`
	OwningService      string              `json:",omitempty"`
	CreatedDate        wire.Epoch
}

type rotationRules struct {
	AutomaticallyAfterDays int
}

func (s *Service) describe(c *wire.Call, in describeIn) (describeOut, error) {
	secret, err := s.find(c, in.SecretID)
	if err != nil {
		return describeOut{}, err
	}
	out := describeOut{
		ARN: secret.arn, Name: secret.Name, Description: secret.Description, KmsKeyID: secret.KMSKey, Tags: append([]Tag{}, secret.Tags...),
		OwningService: secret.owningService, CreatedDate: wire.Epoch(secret.created),
		LastChangedDate: wire.Epoch(secret.versions[len(secret.versions)-1].created), VersionIDsToStages: map[string][]string{},
	}
	for _, v := range secret.versions {
		if len(v.stages) > 0 && !c.Now.Before(v.from) { // versions without a label are deprecated, and not shown
			out.VersionIDsToStages[v.id] = v.stages
		}
	}
	if secret.owningService != "" {
		on := true
		out.RotationEnabled, out.RotationRules = &on, &rotationRules{rotationDays}
		out.LastRotatedDate, out.NextRotationDate = epoch(secret.rotated), epoch(secret.rotated.AddDate(0, 0, rotationDays))
	}
	out.DeletedDate = epoch(secret.deletion)
	return out, nil
}

func epoch(t time.Time) *wire.Epoch {
	if t.IsZero() {
		return nil
	}
	e := wire.Epoch(t)
	return &e
}

// find resolves a name, an ARN, or an ARN without the six characters that
// Secrets Manager adds. Whether another account's secret exists is not told.
func (s *Service) find(c *wire.Call, id string) (*Secret, error) {
	if id == "" {
		return nil, wire.Errorf("InvalidParameterException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
	}
	if parts := strings.SplitN(id, ":", 7); len(parts) == 7 && parts[0] == "arn" && parts[4] != c.Account {
		c.Touch(id)
		return nil, wire.Denied(c, "AccessDeniedException", "secretsmanager:"+c.Operation, id)
	}
	i := slices.IndexFunc(s.secrets, func(secret *Secret) bool {
		bare := secret.arn[:len(secret.arn)-len("-000000")]
		return secret.account() == c.Account && secret.region() == c.Region && slices.Contains([]string{secret.Name, secret.arn, bare}, id)
	})
	if i < 0 {
		c.Touch(id)
		return nil, wire.Errorf("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
	}
	c.Touch(s.secrets[i].arn)
	return s.secrets[i], nil
}
