// Package wire makes the handler of query-recovered, the Lambda function of the state QueryRecovered, inside the network that the plan names.
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
		return nil, errors.New("query-recovered is not wired yet")
	}, s.Err()
}
