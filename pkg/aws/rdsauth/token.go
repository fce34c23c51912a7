// Package rdsauth makes the tokens with which a database user that may use IAM
// logs in: a signed URL that is valid for 15 minutes.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
package rdsauth

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// emptyHash is the SHA-256 of no body at all.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// Token signs a login of user at endpoint, from now on. It is made here: no
// call goes to AWS.
func Token(ctx context.Context, credentials aws.CredentialsProvider, region string, endpoint drill.Endpoint, user string, now time.Time) (string, error) {
	who, err := credentials.Retrieve(ctx)
	if err != nil {
		return "", fmt.Errorf("credentials for a login as %s: %w", user, err)
	}
	query := url.Values{"Action": {"connect"}, "DBUser": {user}, "X-Amz-Expires": {"900"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("https://%s:%d/?%s", endpoint.Host, endpoint.Port, query.Encode()), http.NoBody)
	if err != nil {
		return "", fmt.Errorf("a login at %s: %w", endpoint.Host, err)
	}
	signed, _, err := v4.NewSigner().PresignHTTP(ctx, who, request, emptyHash, "rds-db", region, now)
	if err != nil {
		return "", fmt.Errorf("sign a login as %s: %w", user, err)
	}
	return strings.TrimPrefix(signed, "https://"), nil
}
