// Package wire makes the handler of query-copy, the Lambda function of the state QueryCopy, inside the network of the restored copies.
package wire

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	return func(context.Context, json.RawMessage) (json.RawMessage, error) {
		return nil, errors.New("query-copy is not wired yet")
	}, s.Err()
}
