package rdsauth_test

import (
	"context"
	"errors"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/rdsauth"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

var (
	now      = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
	who      = credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", "session+token/=")
	endpoint = drill.Endpoint{Engine: "postgres", Host: "copy.abc123.eu-central-1.rds.amazonaws.com", Port: 5432}
)

func TestToken(t *testing.T) {
	token, err := rdsauth.Token(context.Background(), who, "eu-central-1", endpoint, "drill user", now)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(token, "secret") || strings.Contains(token, "://") || !strings.HasPrefix(token, "copy.abc123.eu-central-1.rds.amazonaws.com:5432/?") {
		t.Errorf("token %s", token)
	}
	signed, err := url.Parse("https://" + token)
	if err != nil {
		t.Fatal(err)
	}
	query := signed.Query()
	for name, want := range map[string]string{
		"Action": "connect", "DBUser": "drill user", "X-Amz-Expires": "900", "X-Amz-Date": "20261102T030000Z",
		"X-Amz-Credential": "AKIAEXAMPLE/20261102/eu-central-1/rds-db/aws4_request", "X-Amz-Security-Token": "session+token/=",
	} {
		if got := query.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestNoCredentials(t *testing.T) {
	missing := errors.New("expired")
	nobody := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, missing })
	if token, err := rdsauth.Token(context.Background(), nobody, "eu-central-1", endpoint, "drill", now); token != "" || !errors.Is(err, missing) {
		t.Errorf("%q, %v", token, err)
	}
}

// botocore makes the same token: not one parameter, and so not the signature,
// differs.
func TestSameTokenAsBotocore(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil || exec.Command(python, "-c", "import botocore").Run() != nil {
		t.Skip("botocore is not installed: its tokens cannot be compared with")
	}
	const script = `
import datetime, botocore.session, botocore.auth, botocore.signers
class Pinned(datetime.datetime):
    @classmethod
    def now(cls, tz=None): return cls(2026, 11, 2, 3, 0, 0, tzinfo=tz)
    @classmethod
    def utcnow(cls): return cls(2026, 11, 2, 3, 0, 0)
if hasattr(botocore.auth, "get_current_datetime"):
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: datetime.datetime(2026, 11, 2, 3, 0, 0)
else:
    botocore.auth.datetime.datetime = Pinned
session = botocore.session.Session()
session.set_credentials("AKIAEXAMPLE", "secret", "session+token/=")
client = session.create_client("rds", region_name="eu-central-1")
print(client.generate_db_auth_token("copy.abc123.eu-central-1.rds.amazonaws.com", 5432, "drill"), end="")
`
	out, err := exec.Command(python, "-c", script).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	ours, err := rdsauth.Token(context.Background(), who, "eu-central-1", endpoint, "drill", now)
	if err != nil {
		t.Fatal(err)
	}
	parse := func(token string) url.Values {
		u, err := url.Parse("https://" + token)
		if err != nil {
			t.Fatal(err)
		}
		return u.Query()
	}
	theirs := parse(string(out))
	for name, values := range theirs {
		if got := parse(ours).Get(name); got != values[0] {
			t.Errorf("%s is %q, botocore has %q", name, got, values[0])
		}
	}
	if len(theirs) < 8 {
		t.Errorf("botocore's token has %d parameters", len(theirs))
	}
}
