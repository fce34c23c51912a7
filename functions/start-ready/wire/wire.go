// Package wire makes the handler of start-ready, the Lambda function of the state StartReady.
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
		return nil, errors.New("start-ready is not wired yet")
	}, s.Err()
}
