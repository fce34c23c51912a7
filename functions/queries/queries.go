// Package queries puts the questions of sql-check steps: QueryCopy and
// QueryRecovered are it, each in a network of its own. Beside validate-data they are
// the only functions whose binaries hold drivers.
package queries

import (
	"context"

	validatedata "github.com/lifeboat-dr/lifeboat/functions/validate-data/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// Handler makes no call. Errors: a setting is missing, or the certificate
// authorities cannot be read.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	return WithOpeners(validatedata.OnAWS)(env)
}

// WithOpeners is Handler in a world whose databases are reached in other ways.
func WithOpeners(open validatedata.Openers) func(lambdafn.Env) (lambdafn.Handler, error) {
	return func(env lambdafn.Env) (lambdafn.Handler, error) {
		s := env.Settings()
		ways := map[string]recoverystep.OpenChecks{}
		for kind, way := range open(s) {
			ways[kind] = asked(way)
		}
		return step.JSON(recoverystep.Query{Open: ways, Clock: s.Clock}.Handle), s.Err()
	}
}

// asked is the way of drills to a copy.
func asked(open drillstep.OpenChecks) recoverystep.OpenChecks {
	return func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource, access drill.Access) (recoverystep.CheckSession, error) {
		return open(ctx, run, spec, res, access)
	}
}
