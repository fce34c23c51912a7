// Package wire makes the handler of validate-data, the Lambda function of the
// state ValidateData, the only one inside the network of the restored copies.
package wire

import (
	"context"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rdsauth"
	"github.com/lifeboat-dr/lifeboat/pkg/check/remote"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Opener is a way to reach copies, which the adapter gives logins to.
type Opener func(*rds.Adapter) drillstep.OpenChecks

// Handler makes no call. Errors: a setting is missing, or the certificate
// authorities cannot be read.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	roots, err := authorities(env)
	s.Check(err)
	token := func(ctx context.Context, region string, endpoint drill.Endpoint, user string, now time.Time) (string, error) {
		return rdsauth.Token(ctx, s.Home().Credentials, region, endpoint, user, now)
	}
	return handler(s, func(instances *rds.Adapter) drillstep.OpenChecks {
		return overTLS(remote.Opener{Login: instances.Login, Token: token, Roots: roots, Clock: env.Clock})
	})
}

// WithOpener is Handler in a world whose copies are no RDS instances: they are
// models, or have another's certificate.
func WithOpener(open Opener) func(lambdafn.Env) (lambdafn.Handler, error) {
	return func(env lambdafn.Env) (lambdafn.Handler, error) { return handler(env.Settings(), open) }
}

func handler(s *lambdafn.Settings, open Opener) (lambdafn.Handler, error) {
	table := dynamodb.New(s.Home(), s.Get(deployed.EnvTable), nil)
	instances := rds.New(rds.Options{Config: s.Config, Clock: s.Clock, Account: s.Account})
	return step.JSON(drillstep.ValidateData{OpenChecks: open(instances), Journal: drillstep.FactsIn(table), Clock: s.Clock}.Handle), s.Err()
}

func overTLS(opener remote.Opener) drillstep.OpenChecks {
	return func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (drillstep.CheckSession, error) {
		return opener.Open(ctx, run, spec, res)
	}
}
