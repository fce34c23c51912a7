package dynamodb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// tokenKey holds the token's hash: a token may have 2,048 characters, a key
// 1,024 bytes.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
func tokenKey(throwaway, token string) key {
	sum := sha256.Sum256([]byte(token))
	return key{"token#" + throwaway, hex.EncodeToString(sum[:])}
}

// PutToken keeps the token of a task that waits for an event about a
// throwaway, until expires. A token is a secret: whoever has it can finish the
// task.
func (t *Table) PutToken(ctx context.Context, throwaway, token string, expires time.Time) error {
	i := tokenKey(throwaway, token).item()
	i["token"], i["expiresAt"] = text(token), epoch(expires)
	_, err := t.put(ctx, i, condition{}, "keep a task token of "+throwaway)
	return err
}

// Tokens returns the tokens kept for a throwaway, in no particular but a stable
// order. Some may have expired: nobody waits with those any more.
func (t *Table) Tokens(ctx context.Context, throwaway string) ([]string, error) {
	var tokens []string
	for i, err := range t.query(ctx, key{pk: "token#" + throwaway}, false, 0, "look for task tokens of "+throwaway) {
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, textOf(i, "token"))
	}
	return tokens, nil
}

// DeleteToken forgets a token. That there is none is success.
func (t *Table) DeleteToken(ctx context.Context, throwaway, token string) error {
	return t.remove(ctx, tokenKey(throwaway, token), condition{}, "forget a task token of "+throwaway)
}
