// Package wire makes the handler of validate-data, the Lambda function of the
// state ValidateData, the only one inside the network of the restored copies.
package wire

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Handler makes no call. Errors: a setting is missing, or the certificate
// authorities cannot be read.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) { return WithOpeners(OnAWS)(env) }

// WithOpeners is Handler in a world whose copies are reached in other ways: they
// are models, or have another's certificate.
func WithOpeners(open Openers) func(lambdafn.Env) (lambdafn.Handler, error) {
	return func(env lambdafn.Env) (lambdafn.Handler, error) {
		s := env.Settings()
		table := dynamodb.New(s.Home(), s.Get(deployed.EnvTable), nil)
		return step.JSON(drillstep.ValidateData{OpenChecks: open(s), Journal: drillstep.FactsIn(table), Clock: s.Clock}.Handle), s.Err()
	}
}
