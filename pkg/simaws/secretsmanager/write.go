package secretsmanager

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type createIn struct {
	Name               string
	Description        string
	SecretString       *string
	KmsKeyID           string `json:"KmsKeyId"`
	ClientRequestToken string // the id of the version: the SDK makes one up
	Tags               []Tag
}

type written struct {
	ARN, Name     string
	VersionID     string   `json:"VersionId"`
	VersionStages []string `json:",omitempty"`
}

var nameRE = regexp.MustCompile(`^[a-zA-Z0-9/_+=.@!-]{1,512}$`)

// create answers https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html.
func (s *Service) create(c *wire.Call, in createIn) (written, error) {
	c.Touch(wire.ARN("secretsmanager", c.Region, c.Account, "secret:"+in.Name+"-000000"))
	if !nameRE.MatchString(in.Name) {
		return written{}, wire.Errorf("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
	}
	if in.SecretString == nil || *in.SecretString == "" {
		return written{}, wire.Unknown("secretsmanager CreateSecret without SecretString")
	}
	for _, secret := range s.secrets {
		if secret.account() != c.Account || secret.region() != c.Region || secret.Name != in.Name {
			continue
		}
		if !secret.deletion.IsZero() {
			return written{}, wire.Errorf("InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.")
		}
		if v := secret.versions[0]; in.ClientRequestToken == v.id && v.value == *in.SecretString {
			return written{ARN: secret.arn, Name: secret.Name, VersionID: v.id}, nil // the same call again
		}
		return written{}, wire.Errorf("ResourceExistsException", "The operation failed because the secret %s already exists.", in.Name)
	}
	arn := s.Add(c.Account, c.Region, Secret{Name: in.Name, Description: in.Description, Value: *in.SecretString, KMSKey: in.KmsKeyID, Tags: slices.Clone(in.Tags)})
	made := s.byARN(arn)
	if in.ClientRequestToken != "" {
		made.versions[0].id = in.ClientRequestToken
	}
	return written{ARN: arn, Name: in.Name, VersionID: made.versions[0].id}, nil
}

type putIn struct {
	SecretID           string
	SecretString       *string
	ClientRequestToken string
}

// put answers https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html:
// the new version is AWSCURRENT, the one before AWSPREVIOUS.
func (s *Service) put(c *wire.Call, in putIn) (written, error) {
	secret, err := s.find(c, in.SecretID)
	if err != nil {
		return written{}, err
	}
	if !secret.deletion.IsZero() {
		return written{}, wire.Errorf("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
	}
	if in.SecretString == nil {
		return written{}, wire.Unknown("secretsmanager PutSecretValue without SecretString")
	}
	id := in.ClientRequestToken
	if id == "" {
		id = s.uuid()
	}
	if i := slices.IndexFunc(secret.versions, func(v version) bool { return v.id == id }); i >= 0 {
		if secret.versions[i].value == *in.SecretString {
			return written{secret.arn, secret.Name, id, secret.versions[i].stages}, nil
		}
		return written{}, wire.Errorf("ResourceExistsException", "A version with the token %s exists and has another value.", id)
	}
	secret.versions = append(secret.versions, version{id: id, value: *in.SecretString, created: c.Now, from: c.Now})
	if before := secret.at(current); before != nil {
		secret.label(previous, before.id)
	}
	secret.label(current, id)
	return written{secret.arn, secret.Name, id, []string{current}}, nil
}

type restoreIn struct{ SecretID string }

type restored struct{ ARN, Name string }

func (s *Service) restore(c *wire.Call, in restoreIn) (restored, error) {
	secret, err := s.find(c, in.SecretID)
	if err != nil {
		return restored{}, err
	}
	secret.deletion = time.Time{}
	return restored{secret.arn, secret.Name}, nil
}

type deleteIn struct {
	SecretID                   string
	RecoveryWindowInDays       *int
	ForceDeleteWithoutRecovery *bool
}

type deleted struct {
	ARN, Name    string
	DeletionDate wire.Epoch
}

// remove answers https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html.
// One that RDS manages only RDS deletes.
func (s *Service) remove(c *wire.Call, in deleteIn) (deleted, error) {
	secret, err := s.find(c, in.SecretID)
	if err != nil {
		return deleted{}, err
	}
	if secret.owningService != "" {
		return deleted{}, wire.Errorf("InvalidRequestException", "You can't delete a secret that is managed by %s.", secret.owningService)
	}
	force := in.ForceDeleteWithoutRecovery != nil && *in.ForceDeleteWithoutRecovery
	if force && in.RecoveryWindowInDays != nil {
		return deleted{}, wire.Errorf("InvalidParameterException", "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
	}
	if force {
		s.Delete(secret.arn)
		return deleted{secret.arn, secret.Name, wire.Epoch(c.Now)}, nil
	}
	days := 30
	if in.RecoveryWindowInDays != nil {
		if days = *in.RecoveryWindowInDays; days < 7 || days > 30 {
			return deleted{}, wire.Errorf("InvalidParameterException", "RecoveryWindowInDays must be 7 to 30, is %d.", days)
		}
	}
	secret.deletion = c.Now.AddDate(0, 0, days)
	return deleted{secret.arn, secret.Name, wire.Epoch(secret.deletion)}, nil
}

// Secrets of an account and region whose names begin so, as name and value of
// AWSCURRENT: for tests.
func (s *Service) Secrets(account, region, prefix string) map[string]string {
	found := map[string]string{}
	for _, secret := range s.secrets {
		if v := secret.at(current); secret.account() == account && secret.region() == region && strings.HasPrefix(secret.Name, prefix) && v != nil {
			found[secret.Name] = v.value
		}
	}
	return found
}
