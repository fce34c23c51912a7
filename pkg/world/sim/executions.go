package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
)

// executions run the drill machine behind the simulated Step Functions.
type executions struct {
	world *World
	all   []*execution
}

type execution struct {
	start   sfn.Start
	run     *asl.Execution
	events  []asl.Event
	visited []drillevidence.State
	result  *asl.Result // nil while it runs
}

func (e *executions) find(arn string) *execution {
	i := slices.IndexFunc(e.all, func(x *execution) bool { return x.start.ARN == arn })
	if i < 0 {
		return nil
	}
	return e.all[i]
}

// Machine implements sfn.Backend.
func (e *executions) Machine(arn string) (sfn.Machine, bool) {
	if arn != e.world.names.machine {
		return sfn.Machine{}, false
	}
	return sfn.Machine{ARN: arn, Definition: string(e.world.definition), RoleARN: e.world.names.role("drill"), Created: e.world.started}, true
}

// Start implements sfn.Backend.
func (e *executions) Start(s sfn.Start) error {
	x := &execution{start: s}
	seed := e.world.seed + uint64(len(e.all))
	run, err := e.world.machine.Start(asl.Options{
		Input: s.Input, Name: s.Name, ARN: s.ARN, StateMachineARN: s.MachineARN, RoleARN: e.world.names.role("drill"),
		Clock: e.world.clock, Seed: int64(seed), Tasks: e.world.functions, //nolint:gosec // any bits will do
		Observe: func(event asl.Event) { e.observe(x, event) },
	})
	if err != nil {
		return fmt.Errorf("start %s: %w", s.ARN, err)
	}
	x.run = run
	e.all = append(e.all, x)
	return nil
}

func (e *executions) observe(x *execution, event asl.Event) {
	x.events = append(x.events, event)
	if event.IsEntered() {
		x.visited = append(x.visited, drillevidence.State{Name: event.StateName(), EnteredAt: event.Timestamp})
	}
	if e.world.options.Observe != nil {
		e.world.options.Observe(x.start.ARN, event)
	}
	if strings.HasPrefix(event.Type, "Execution") && event.Type != "ExecutionStarted" {
		e.world.clock.AfterFunc(0, func() { e.settle(x) })
	}
}

// settle notes how an execution ended, and tells the bus.
func (e *executions) settle(x *execution) {
	result, err := x.run.Wait(context.Background()) // it has ended: this returns at once
	if err != nil {
		e.world.fail(fmt.Errorf("execution %s: %w", x.start.ARN, err))
		return
	}
	x.result = result
	e.world.fail(e.world.cloud.Bus.Put(events.Event{
		Source: "aws.states", DetailType: "Step Functions Execution Status Change", Account: e.world.names.account, Region: e.world.names.region,
		Resources: []string{x.start.ARN},
	}, map[string]any{
		"executionArn": x.start.ARN, "stateMachineArn": x.start.MachineARN, "name": x.start.Name, "status": string(result.Status),
	}))
}

// Execution implements sfn.Backend.
func (e *executions) Execution(arn string) (sfn.Execution, bool) {
	x := e.find(arn)
	if x == nil {
		return sfn.Execution{}, false
	}
	shown := sfn.Execution{Start: x.start, Status: sfn.Running}
	if x.result != nil {
		shown.Status, shown.Output, shown.Error, shown.Cause = sfn.Status(x.result.Status), x.result.Output, x.result.Error, x.result.Cause
		shown.Stopped = x.events[len(x.events)-1].Timestamp
	}
	return shown, true
}

// Executions implements sfn.Backend.
func (e *executions) Executions(string) []sfn.Execution {
	var list []sfn.Execution
	for _, x := range e.all {
		shown, _ := e.Execution(x.start.ARN)
		list = append(list, shown)
	}
	return list
}

// History implements sfn.Backend.
func (e *executions) History(arn string) ([]json.RawMessage, error) {
	var list []json.RawMessage
	for _, event := range e.find(arn).events {
		text, err := json.Marshal(event)
		if err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, nil
}

// Stop implements sfn.Backend.
func (e *executions) Stop(arn, failure, cause string) error {
	e.find(arn).run.Abort(failure, cause)
	return nil
}

// SendTaskSuccess implements sfn.Backend.
func (e *executions) SendTaskSuccess(token string, output json.RawMessage) error {
	return e.answer(func(x *asl.Execution) error { return x.SendTaskSuccess(token, output) })
}

// SendTaskFailure implements sfn.Backend.
func (e *executions) SendTaskFailure(token, failure, cause string) error {
	return e.answer(func(x *asl.Execution) error { return x.SendTaskFailure(token, failure, cause) })
}

// SendTaskHeartbeat implements sfn.Backend.
func (e *executions) SendTaskHeartbeat(token string) error {
	return e.answer(func(x *asl.Execution) error { return x.SendTaskHeartbeat(token) })
}

// answer offers a token to every execution that runs: only its own takes it.
func (e *executions) answer(offer func(*asl.Execution) error) error {
	for _, x := range e.all {
		if x.result == nil && offer(x.run) == nil {
			return nil
		}
	}
	return sfn.ErrTaskTimedOut
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
