package sim

import (
	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
)

// newExecutions run the drill machine behind the simulated Step Functions.
func (w *World) newExecutions(machine *asl.Machine) *machines.Executions {
	e := machines.New(machines.Options{
		Clock: w.clock, Seed: w.seed, Observe: w.options.Observe, Fail: w.fail, Ended: w.ended,
		Tasks: func(machines.Machine) asl.TaskHandler { return w.functions },
	})
	e.Set(machines.Machine{Loaded: machine, Machine: sfn.Machine{
		ARN: w.names.machine, Definition: string(w.definition), RoleARN: w.names.role("drill"), Created: w.started,
	}})
	return e
}

// ended tells the bus.
func (w *World) ended(x *machines.Execution) {
	w.fail(w.cloud.Bus.Put(events.Event{
		Source: "aws.states", DetailType: "Step Functions Execution Status Change", Account: w.names.account, Region: w.names.region,
		Resources: []string{x.ARN},
	}, x.Change()))
}

func visited(x *machines.Execution) (list []drillevidence.State) {
	for _, s := range x.Entered {
		list = append(list, drillevidence.State{Name: s.Name, EnteredAt: s.EnteredAt})
	}
	return list
}

// names of what the deployment has.
type names struct {
	deployment, region, account string
	machine, table, bucket      string
}

func namesOf(land landscape, deployment string) names {
	n := deployed.Names{Deployment: deployment, Account: land.account(), Region: land.place.Region()}
	return names{
		deployment: deployment, region: n.Region, account: n.Account,
		machine: n.MachineARN(), table: n.Table(), bucket: n.Bucket(),
	}
}

func (n names) of() deployed.Names {
	return deployed.Names{Deployment: n.deployment, Account: n.account, Region: n.region}
}

func (n names) role(function string) string {
	return n.of().AnyARN("iam", "", n.account, "role/"+n.of().Function(function))
}

func (n names) execution(name string) string {
	return n.of().ARN("states", "execution:"+n.of().Machine()+":"+name)
}
