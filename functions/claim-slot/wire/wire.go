// Package wire makes the handler of claim-slot, the Lambda function of the
// state ClaimSlot.
package wire

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Handler makes no call. Errors: a setting is missing.
func Handler(env lambdafn.Env) (lambdafn.Handler, error) {
	s := env.Settings()
	plan := s.Plan()
	machines := sfn.New(s.Home())
	table := dynamodb.New(s.Home(), s.Get(deployed.EnvTable), machines.Closed)
	places := slice.Places{SubnetGroup: s.Get(deployed.EnvSubnetGroup), SecurityGroups: s.List(deployed.EnvSecurityGroups)}
	return step.JSON(drillstep.ClaimSlot{
		Plans: slice.FixedPlan{Plan: plan, Places: places}, Slots: table, Executions: machines, Known: machines, History: table,
		Journal: drillstep.FactsIn(table), Clock: env.Clock, Version: s.Version,
	}.Handle), s.Err()
}
