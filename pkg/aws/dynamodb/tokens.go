package dynamodb

import (
	"context"
	"time"
)

// tokenKey: one task at a time waits for events about a throwaway, so a newer
// token takes the place of an older one, with which nobody waits any more.
func tokenKey(throwaway string) key { return key{"token#" + throwaway, "token"} }

// PutToken keeps the token of the task that waits for an event about a
// throwaway, until expires. A token is a secret: whoever has it can finish the
// task.
func (t *Table) PutToken(ctx context.Context, throwaway, token string, expires time.Time) error {
	i := tokenKey(throwaway).item()
	i["owner"], i["expiresAt"] = text(token), epoch(expires)
	_, err := t.put(ctx, i, condition{}, "keep a task token of "+throwaway)
	return err
}

// Tokens returns the token kept for a throwaway, if there is one. It may have
// expired: then nobody waits with it any more.
func (t *Table) Tokens(ctx context.Context, throwaway string) ([]string, error) {
	i, err := t.get(ctx, tokenKey(throwaway), "look for a task token of "+throwaway)
	if i == nil || err != nil {
		return nil, err
	}
	return []string{textOf(i, "owner")}, nil
}

// DeleteToken forgets a token. That there is none, or by now a newer one, is
// success.
func (t *Table) DeleteToken(ctx context.Context, throwaway, token string) error {
	return t.remove(ctx, tokenKey(throwaway), condition{owner: token}, "forget a task token of "+throwaway)
}
