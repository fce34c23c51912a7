// Package wire makes the handler of decide-step, the Lambda function that people decide with: retry, skip or abort.
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
		return nil, errors.New("decide-step is not wired yet")
	}, s.Err()
}
