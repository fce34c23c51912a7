// Command claim-slot is the Lambda function of the state ClaimSlot.
package main

import (
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

func main() {
	env := lambdafn.Setup()
	plan, err := lambdafn.Plan()
	env.Check(err)
	machines := sfn.New(env.Config())
	table := dynamodb.New(env.Config(), env.Get(deployed.EnvTable), machines.Closed)
	places := step.Places{SubnetGroup: env.Get(deployed.EnvSubnetGroup), SecurityGroups: env.List(deployed.EnvSecurityGroups)}
	env.Start(step.JSON(step.ClaimSlot{
		Plans: step.FixedPlan{Plan: plan, Places: places}, Slots: table, Executions: machines, History: table,
		Journal: table, Clock: clock.Real{}, Version: env.Version,
	}.Handle))
}
