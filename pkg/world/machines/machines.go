// Package machines runs state machines behind the simulated Step Functions: the
// engine of pkg/asl in virtual time, with executions that are started, looked at,
// stopped and answered as on AWS. Which machines there are, what their tasks do,
// and who is told when one ends, its owner says.
package machines

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
)

// Options of executions.
type Options struct {
	Clock *clock.Virtual
	Seed  uint64
	// Tasks does the work of a machine's tasks.
	Tasks func(Machine) asl.TaskHandler
	// Observe is shown every event of every execution; nil: nobody watches.
	Observe func(executionARN string, event asl.Event)
	// Visited is shown every attempt of a state; nil: nobody watches.
	Visited func(machineARN string, visit asl.Visit)
	// Ended is told of each execution that has ended; nil: nobody is.
	Ended func(*Execution)
	// Fail is told what went wrong with the engine itself.
	Fail func(error)
}

// Machine is a state machine as it is deployed now.
type Machine struct {
	sfn.Machine
	Loaded *asl.Machine
}

// Executions implements sfn.Backend. It is for virtual time, and not safe for
// concurrent use.
type Executions struct {
	o        Options
	machines map[string]Machine
	all      []*Execution
}

// Execution is one, with its history.
type Execution struct {
	sfn.Start
	Events  []asl.Event
	Entered []State
	Result  *asl.Result // nil while it runs

	run *asl.Execution
}

// State is one that an execution entered.
type State struct {
	Name      string
	EnteredAt time.Time
}

// New makes it, without any machine.
func New(o Options) *Executions { return &Executions{o: o, machines: map[string]Machine{}} }

// Set makes a machine, or changes it. What runs keeps the definition that it was
// started with.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
func (e *Executions) Set(m Machine) { e.machines[m.ARN] = m }

// Deployed is a machine as it is now.
func (e *Executions) Deployed(arn string) (Machine, bool) {
	m, there := e.machines[arn]
	return m, there
}

// Remove a machine.
func (e *Executions) Remove(arn string) { delete(e.machines, arn) }

// Find an execution; nil where there is none.
func (e *Executions) Find(arn string) *Execution {
	i := slices.IndexFunc(e.all, func(x *Execution) bool { return x.ARN == arn })
	if i < 0 {
		return nil
	}
	return e.all[i]
}

// All executions, in the order of their starts.
func (e *Executions) All() []*Execution { return e.all }

// Running is the first one that has not ended; nil where all have.
func (e *Executions) Running() *Execution {
	i := slices.IndexFunc(e.all, func(x *Execution) bool { return x.Result == nil })
	if i < 0 {
		return nil
	}
	return e.all[i]
}

// Wait lets time pass until an execution has ended.
func (x *Execution) Wait(ctx context.Context) error {
	_, err := x.run.Wait(ctx)
	return err
}

// Ended is when it did.
func (x *Execution) Ended() time.Time { return x.Events[len(x.Events)-1].Timestamp }

// Machine implements sfn.Backend.
func (e *Executions) Machine(arn string) (sfn.Machine, bool) {
	m, ok := e.machines[arn]
	return m.Machine, ok
}

// Start implements sfn.Backend.
func (e *Executions) Start(s sfn.Start) error {
	m, ok := e.machines[s.MachineARN]
	if !ok {
		return fmt.Errorf("there is no machine %s", s.MachineARN)
	}
	x := &Execution{Start: s}
	var visited func(asl.Visit)
	if e.o.Visited != nil {
		visited = func(v asl.Visit) { e.o.Visited(s.MachineARN, v) }
	}
	seed := e.o.Seed + uint64(len(e.all))
	run, err := m.Loaded.Start(asl.Options{
		Input: s.Input, Name: s.Name, ARN: s.ARN, StateMachineARN: s.MachineARN, RoleARN: m.RoleARN,
		Clock: e.o.Clock, Seed: int64(seed), Tasks: e.o.Tasks(m), //nolint:gosec // any bits will do
		Observe: func(event asl.Event) { e.observe(x, event) }, Visited: visited,
	})
	if err != nil {
		return fmt.Errorf("start %s: %w", s.ARN, err)
	}
	x.run = run
	e.all = append(e.all, x)
	return nil
}

func (e *Executions) observe(x *Execution, event asl.Event) {
	x.Events = append(x.Events, event)
	if event.IsEntered() {
		x.Entered = append(x.Entered, State{Name: event.StateName(), EnteredAt: event.Timestamp})
	}
	if e.o.Observe != nil {
		e.o.Observe(x.ARN, event)
	}
	if strings.HasPrefix(event.Type, "Execution") && event.Type != "ExecutionStarted" {
		e.o.Clock.AfterFunc(0, func() { e.settle(x) })
	}
}

// settle notes how an execution ended.
func (e *Executions) settle(x *Execution) {
	result, err := x.run.Wait(context.Background()) // it has ended: this returns at once
	if err != nil {
		e.o.Fail(fmt.Errorf("execution %s: %w", x.ARN, err))
		return
	}
	x.Result = result
	if e.o.Ended != nil {
		e.o.Ended(x)
	}
}

// Change is the detail of EventBridge's event about an execution that has ended.
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
func (x *Execution) Change() map[string]any {
	return map[string]any{"executionArn": x.ARN, "stateMachineArn": x.MachineARN, "name": x.Name, "status": string(x.Result.Status), "input": string(x.Input)}
}

// Execution implements sfn.Backend.
func (e *Executions) Execution(arn string) (sfn.Execution, bool) {
	x := e.Find(arn)
	if x == nil {
		return sfn.Execution{}, false
	}
	return x.shown(), true
}

func (x *Execution) shown() sfn.Execution {
	shown := sfn.Execution{Start: x.Start, Status: sfn.Running}
	if x.Result != nil {
		shown.Status, shown.Output, shown.Error, shown.Cause = sfn.Status(x.Result.Status), x.Result.Output, x.Result.Error, x.Result.Cause
		shown.Stopped = x.Ended()
	}
	return shown
}

// Executions implements sfn.Backend.
func (e *Executions) Executions(machine string) []sfn.Execution {
	var list []sfn.Execution
	for _, x := range e.all {
		if x.MachineARN == machine {
			list = append(list, x.shown())
		}
	}
	return list
}

// History implements sfn.Backend.
func (e *Executions) History(arn string) ([]json.RawMessage, error) {
	var list []json.RawMessage
	for _, event := range e.Find(arn).Events {
		text, err := json.Marshal(event)
		if err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, nil
}

// Stop implements sfn.Backend.
func (e *Executions) Stop(arn, failure, cause string) error {
	e.Find(arn).run.Abort(failure, cause)
	return nil
}

// SendTaskSuccess implements sfn.Backend.
func (e *Executions) SendTaskSuccess(token string, output json.RawMessage) error {
	return e.answer(func(x *asl.Execution) error { return x.SendTaskSuccess(token, output) })
}

// SendTaskFailure implements sfn.Backend.
func (e *Executions) SendTaskFailure(token, failure, cause string) error {
	return e.answer(func(x *asl.Execution) error { return x.SendTaskFailure(token, failure, cause) })
}

// SendTaskHeartbeat implements sfn.Backend.
func (e *Executions) SendTaskHeartbeat(token string) error {
	return e.answer(func(x *asl.Execution) error { return x.SendTaskHeartbeat(token) })
}

// answer offers a token to every execution that runs: only its own takes it.
func (e *Executions) answer(offer func(*asl.Execution) error) error {
	for _, x := range e.all {
		if x.Result == nil && offer(x.run) == nil {
			return nil
		}
	}
	return sfn.ErrTaskTimedOut
}
