// Package wire makes the handler of backup-monitor, the Lambda function that
// publishes how fresh the backups are and how long ago drills proved anything.
package wire

import (
	"github.com/lifeboat-dr/lifeboat/functions/kinds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	plan := s.Plan()
	places := slice.Places{SubnetGroup: s.Get(deployed.EnvSubnetGroup), SecurityGroups: s.List(deployed.EnvSecurityGroups)}
	specs, err := slice.MonitoredSpecs(plan, places)
	s.Check(err)
	table := dynamodb.New(s.Home(), s.Get(deployed.EnvTable), nil)
	return step.JSON(rounds.BackupMonitor{
		Deployment: s.Get(deployed.EnvDeployment), Specs: specs, Overdue: slice.Overdue(plan), Finders: kinds.Finders(s),
		Proofs: table, Exercises: rounds.Exercises{Every: slice.ExercisesOverdue(plan), Recovered: table}, Metrics: cloudwatch.New(s.Home(), env.Clock), Clock: env.Clock,
	}.Handle), s.Err()
}
