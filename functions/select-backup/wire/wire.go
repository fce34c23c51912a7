// Package wire makes the handler of select-backup, the Lambda function of the
// state SelectBackup.
package wire

import (
	"github.com/lifeboat-dr/lifeboat/functions/kinds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	table := dynamodb.New(s.Home(), s.Get(deployed.EnvTable), nil)
	return step.JSON(drillstep.SelectBackup{Backups: kinds.Backups(s), Ahead: kinds.Foresights(s), Journal: drillstep.FactsIn(table), Clock: env.Clock}.Handle), s.Err()
}
