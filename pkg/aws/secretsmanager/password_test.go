package secretsmanager

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

const secret = "arn:aws:secretsmanager:eu-central-1:111111111111:secret:rds!db-1"

// fake answers with a text, or fails.
type fake struct {
	text string
	fail error
	read *secretsmanager.GetSecretValueInput
}

func (f *fake) GetSecretValue(_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	f.read = in
	if f.fail != nil {
		return nil, f.fail
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: &f.text}, nil
}

func read(f *fake) (user, password string, err error) {
	return Passwords{func(string) api { return f }}.Read(context.Background(), "eu-central-1", secret)
}

func failure(code string) error {
	return &smithy.GenericAPIError{Code: code, Message: "the fake says so"}
}

func TestTheCurrentPasswordIsRead(t *testing.T) {
	f := &fake{text: `{"username":"admin","password":"s3cret"}`}
	user, password, err := read(f)
	if err != nil || user != "admin" || password != "s3cret" || *f.read.SecretId != secret || *f.read.VersionStage != "AWSCURRENT" {
		t.Errorf("%s, %v, asked %+v", user, err, f.read)
	}
}

func TestSecretsNeverReachErrors(t *testing.T) {
	for _, text := range []string{`{"username":"admin","password":"s3cret"`, `{"username":"","password":"s3cret"}`, `s3cret`} {
		_, _, err := read(&fake{text: text})
		var named *drill.Error
		if !errors.As(err, &named) || named.Name != drill.ValidationImpossible || strings.Contains(named.Error()+named.Hint, "s3cret") {
			t.Errorf("%v", err)
		}
	}
}

func TestWhyAPasswordCannotBeRead(t *testing.T) {
	tests := map[string]struct {
		reason string
		name   drill.ErrorName
		word   string // in the hint
	}{
		"ResourceNotFoundException": {"it is being made", drill.NotReady, ""},
		"InvalidRequestException":   {"it is between two versions", drill.NotReady, ""},
		"AccessDeniedException":     {"the role may not", drill.ValidationImpossible, "permission"},
		"DecryptionFailure":         {"nor use the key", drill.ValidationImpossible, "kms:Decrypt"},
		"ThrottlingException":       {"the machine tries again", drill.Throttled, ""},
	}
	for code, tc := range tests {
		_, _, err := read(&fake{fail: failure(code)})
		var named *drill.Error
		if !errors.As(err, &named) || named.Name != tc.name || !strings.Contains(named.Hint, tc.word) {
			t.Errorf("%s: %s: %v", code, tc.reason, err)
		}
	}
}
