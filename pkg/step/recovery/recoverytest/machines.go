package recoverytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

// Machines run both machines, as they are deployed, with the real steps, over a
// store in memory and in virtual time. Everything happens on the goroutine that moves
// the clock.
type Machines struct {
	Clock *clock.Virtual
	Store *Memory
	Plan  recoverystep.Planned
	Works recoverystep.Works
	// Function is the team's own; nil: one that answers null.
	Function func(payload json.RawMessage) (json.RawMessage, error)
	// Query answers both queries; nil: there are none.
	Query step.Handler
	// StartTakes is the time of one call of StartExecution; CallTakes that of one call
	// of a function beside it.
	StartTakes, CallTakes time.Duration
	// Throttle is asked before each start of a step; its error is the call's.
	Throttle func(name string) error
	// Deaf: completing a task's token fails.
	Deaf bool

	// Left is what Throwaways finds, by id; a Work adds to it with Make.
	Left map[string]recovery.Resource
	// RemovalTakes is how long what is removed stays visible.
	RemovalTakes time.Duration

	Reports []recovery.Report
	Metrics []drill.Metric

	parent, child *asl.Machine
	handlers      map[string]step.Handler
	started       map[string]*asl.Execution // by name, of both machines
	children      []string                  // in the order of their starts
	removing      map[string]time.Time
	acting        string // the execution whose function runs
}

// NewMachines of a plan, at a moment.
func NewMachines(at time.Time, plan recoverystep.Planned, works recoverystep.Works) (*Machines, error) {
	m := &Machines{
		Clock: clock.NewVirtual(at), Store: NewMemory(), Plan: plan, Works: works,
		Left: map[string]recovery.Resource{}, removing: map[string]time.Time{}, started: map[string]*asl.Execution{},
	}
	var err error
	if m.parent, err = asl.Load(statemachines.Recovery, asl.WithSubstitutions(recoverystep.ParentFunctions())); err != nil {
		return nil, err
	}
	if m.child, err = asl.Load(statemachines.RecoveryStep, asl.WithSubstitutions(recoverystep.ChildFunctions())); err != nil {
		return nil, err
	}
	return m, nil
}

// Steps are wired to the machines.
func (m *Machines) Steps() recoverystep.Steps {
	return recoverystep.Steps{
		PrepareRecovery:  recoverystep.PrepareRecovery{Store: m.Store, Plans: m, Executions: m, Clock: m.Clock, Version: "test"},
		StartReady:       recoverystep.StartReady{Store: m.Store, Executions: m, Clock: m.Clock},
		AwaitEnd:         recoverystep.AwaitEnd{Store: m.Store, Executions: m, Clock: m.Clock},
		RemoveThrowaways: recoverystep.RemoveThrowaways{Store: m.Store, Throwaways: m, Clock: m.Clock},
		ReportRecovery:   recoverystep.ReportRecovery{Store: m.Store, Evidence: m, Metrics: m, Clock: m.Clock},
		ClaimStep:        recoverystep.ClaimStep{Store: m.Store, Clock: m.Clock},
		RunStep:          recoverystep.RunStep{Store: m.Store, Works: m.Works, Clock: m.Clock},
		QueryCopy:        m.Query, QueryRecovered: m.Query,
		ReleaseStep: recoverystep.ReleaseStep{Store: m.Store, Executions: m, Clock: m.Clock},
		DecideStep:  recoverystep.DecideStep{Store: m.Store, Executions: m, Clock: m.Clock},
	}
}

// Wire has other steps run, such as those of Steps with a part that fails.
func (m *Machines) Wire(s recoverystep.Steps) { m.handlers = recoverystep.Handlers(s) }

// Acting is the name of the execution whose function runs now: whose write it is.
func (m *Machines) Acting() string { return m.acting }

// Children are the names of the executions of recovery-step, in the order of their
// starts.
func (m *Machines) Children() []string { return slices.Clone(m.children) }

// Start starts a parent by hand.
func (m *Machines) Start(name string, input any) (*asl.Execution, error) {
	text, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	return m.start(m.parent, name, text)
}

const account = "arn:aws:states:eu-central-1:000000000000:execution:"

// ARN of a parent's name.
func ARN(parent string) string { return account + "recovery:" + parent }

func (m *Machines) start(machine *asl.Machine, name string, input json.RawMessage) (*asl.Execution, error) {
	arn := ARN(name)
	if machine == m.child {
		arn = account + "recovery-step:" + name
	}
	x, err := machine.Start(asl.Options{Input: input, Name: name, ARN: arn, Clock: m.Clock, Seed: int64(len(m.started)), Tasks: m.tasks(name)})
	if err != nil {
		return nil, err
	}
	m.started[name] = x
	if machine == m.child {
		m.children = append(m.children, name)
	}
	return x, nil
}

// Execution of a name; nil: there is none.
func (m *Machines) Execution(name string) *asl.Execution { return m.started[name] }

// Run starts a parent and lets time pass until nothing runs any more.
func (m *Machines) Run(name string, input any) (*asl.Result, error) {
	x, err := m.Start(name, input)
	if err != nil {
		return nil, err
	}
	if !m.Until(func() bool { return !m.Running() }) {
		return nil, errors.New("an execution waits for what will not happen")
	}
	return x.Wait(context.Background())
}

// Until lets time pass until that is so; false: nothing is to come any more.
func (m *Machines) Until(so func() bool) bool {
	for !so() {
		if !m.Clock.Step() {
			return so()
		}
	}
	return true
}

// Running tells whether any execution runs.
func (m *Machines) Running() bool {
	for _, x := range m.started {
		if !closed(x) {
			return true
		}
	}
	return false
}

func closed(x *asl.Execution) bool {
	select {
	case <-x.Done():
		return true
	default:
		return false
	}
}

// tasks answer as lambda:invoke does.
func (m *Machines) tasks(execution string) asl.TaskFunc {
	return func(ctx context.Context, task asl.Task) (json.RawMessage, error) {
		if m.handlers == nil {
			m.handlers = recoverystep.Handlers(m.Steps())
		}
		var call struct {
			FunctionName string
			Payload      json.RawMessage
		}
		if err := json.Unmarshal(task.Arguments, &call); err != nil {
			return nil, err
		}
		if m.CallTakes > 0 {
			m.Clock.Sleep(m.CallTakes)
		}
		before := m.acting
		m.acting = execution
		out, err := m.call(ctx, call.FunctionName, call.Payload)
		m.acting = before
		if err != nil {
			failed := step.ErrorName(err)
			return nil, &asl.TaskError{Name: failed.Error, Cause: failed.Cause}
		}
		return json.Marshal(map[string]any{"Payload": out, "StatusCode": 200})
	}
}

func (m *Machines) call(ctx context.Context, function string, payload json.RawMessage) (json.RawMessage, error) {
	if strings.HasPrefix(function, "arn:") {
		if m.Function == nil {
			return json.RawMessage("null"), nil
		}
		return m.Function(payload)
	}
	handler := m.handlers[function]
	if handler == nil {
		return nil, fmt.Errorf("there is no function %s", function)
	}
	return handler(ctx, payload)
}

// Decide is what DecideStep answers.
func (m *Machines) Decide(in recoverystep.DecideStepIn) (recoverystep.DecideStepOut, error) {
	return m.Steps().DecideStep.Handle(context.Background(), in)
}

// Recovery is the plan's: see recoverystep.Plans.
func (m *Machines) Recovery(_ context.Context, workload string) (recoverystep.Planned, error) {
	if workload == "" {
		return m.Plan, nil
	}
	p := m.Plan
	p.Workloads = slices.DeleteFunc(slices.Clone(p.Workloads), func(w recovery.Workload) bool { return w.Name != workload })
	if len(p.Workloads) == 0 {
		return p, &drill.Error{Name: drill.InvalidInput, What: fmt.Sprintf("no workload %q declares a recovery", workload)}
	}
	p.Steps = slices.DeleteFunc(slices.Clone(p.Steps), func(r recovery.Record) bool { return r.Spec.Workload != workload })
	return p, nil
}

// StartStep starts a child. See recoverystep.Executions.
func (m *Machines) StartStep(_ context.Context, name string, in recovery.ChildInput) error {
	if m.StartTakes > 0 {
		m.Clock.Sleep(m.StartTakes)
	}
	if m.Throttle != nil {
		if err := m.Throttle(name); err != nil {
			return err
		}
	}
	if m.started[name] != nil {
		return nil
	}
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	_, err = m.start(m.child, name, text)
	return err
}

// RunningSteps are the children of a run that run.
func (m *Machines) RunningSteps(_ context.Context, run string) (map[string]bool, error) {
	names := map[string]bool{}
	for _, name := range m.children {
		if _, _, of := recovery.ParseChild(run, name); of && !closed(m.started[name]) {
			names[name] = true
		}
	}
	return names, nil
}

// StepState of a child.
func (m *Machines) StepState(ctx context.Context, name string) (string, error) {
	x := m.started[name]
	if x == nil {
		return "", nil
	}
	if !closed(x) {
		return string(asl.Running), nil
	}
	r, err := x.Wait(ctx)
	if err != nil {
		return "", err
	}
	return string(r.Status), nil
}

// StartParent starts another parent.
func (m *Machines) StartParent(_ context.Context, name string, in recovery.Request) error {
	if m.started[name] != nil {
		return nil
	}
	_, err := m.Start(name, in)
	return err
}

// Wake completes a parent's task.
func (m *Machines) Wake(_ context.Context, token string) error {
	if m.Deaf {
		return errors.New("nobody hears")
	}
	for _, x := range m.started {
		if closed(x) {
			continue
		}
		if err := x.SendTaskSuccess(token, json.RawMessage("{}")); err == nil {
			return nil
		}
	}
	return nil
}

// Record keeps the evidence.
func (m *Machines) Record(_ context.Context, r recovery.Report) (string, error) {
	m.Reports = append(m.Reports, r)
	return "memory/" + r.Run.ID, nil
}

// Publish keeps the figures.
func (m *Machines) Publish(_ context.Context, metrics []drill.Metric) error {
	m.Metrics = append(m.Metrics, metrics...)
	return nil
}

// Make is for a Work that makes something.
func (m *Machines) Make(r recovery.Resource) { m.Left[r.ID] = r }

// Remove has what was made go, after a while.
func (m *Machines) Remove(context.Context, recovery.Run, []recovery.Record) error {
	for id := range m.Left {
		if _, going := m.removing[id]; !going {
			m.removing[id] = m.Clock.Now().Add(m.RemovalTakes)
		}
	}
	return nil
}

// Remaining is what is there.
func (m *Machines) Remaining(context.Context, recovery.Run, []recovery.Record) ([]recovery.Resource, error) {
	var there []recovery.Resource
	for id, r := range m.Left {
		if at, going := m.removing[id]; going && !m.Clock.Now().Before(at) {
			delete(m.Left, id)
			continue
		}
		there = append(there, r)
	}
	return there, nil
}
