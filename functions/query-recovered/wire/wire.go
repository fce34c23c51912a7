// Package wire makes the handler of query-recovered, the Lambda function of the state
// QueryRecovered, inside the network that the plan names.
package wire

import (
	"github.com/lifeboat-dr/lifeboat/functions/queries"
	validatedata "github.com/lifeboat-dr/lifeboat/functions/validate-data/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
)

// Handler makes no call. Errors: a setting is missing, or the certificate
// authorities cannot be read.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) { return queries.Handler(env) }

// WithOpeners is Handler in a world whose databases are reached in other ways.
func WithOpeners(open validatedata.Openers) func(lambdafn.Env) (lambdafn.Handler, error) {
	return queries.WithOpeners(open)
}
