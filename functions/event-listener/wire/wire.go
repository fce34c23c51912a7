// Package wire makes the handler of event-listener, the Lambda function that
// the rules of EventBridge call.
package wire

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	table := dynamodb.New(s.Home(), s.Get(deployed.EnvTable), nil)
	machines := sfn.New(s.Home())
	listener := rounds.EventListener{
		Deployment: s.Get(deployed.EnvDeployment), Tokens: table, Waker: machines,
		Records: drillstep.FactsIn(table), Cleaner: rounds.MachineCleaner{Machines: machines, Machine: s.Get(deployed.EnvMachine)},
	}
	if s.Recovers() {
		names := s.Names()
		listener.Recoveries, listener.Standing, listener.Clock = table.Recoveries(), machines, env.Clock
		listener.Parents = machines.Recoveries(names.RecoveryMachineARN(), names.RecoveryStepMachineARN())
	}
	return step.JSON(listener.Handle), s.Err()
}
