package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

// RecoveryOptions of a world in which a recovery is rehearsed.
type RecoveryOptions struct {
	Plan     plan.Plan
	Scenario RecoveryScenario
	Seed     uint64
	Version  string // of lifeboat
	// Observe is shown every event of every execution; nil: nobody watches.
	Observe func(executionARN string, event asl.Event)
}

// RecoveryWorld is one simulated AWS with one deployment of lifeboat, in which
// recoveries run: both machines as they are deployed, each step an execution of its
// own.
type RecoveryWorld struct {
	*World
	scenario RecoveryScenario
	planned  recoverystep.Planned
	estates  []estate
	unmade   []PlannedDecision // decisions that are still to be made
}

// OpenRecovery makes a world for recoveries of a plan. Errors: InvalidInput where
// the plan declares none, or the scenario speaks of what there is not.
func OpenRecovery(o RecoveryOptions) (*RecoveryWorld, error) {
	at := places(o.Plan)
	planned, err := slice.FixedPlan{Plan: o.Plan, Places: at}.Recovery(context.Background(), o.Scenario.Workload)
	if err != nil {
		return nil, err
	}
	if err := o.Scenario.fits(planned.Steps); err != nil {
		return nil, err
	}
	if len(planned.Databases) == 0 {
		return nil, &drill.Error{
			Name: drill.InvalidInput, What: "the recovery restores and promotes no database, so there is nothing to rehearse it with",
			Hint: "rehearse is for databases on AWS: give the recovery a step of kind restore or promote-replica",
		}
	}
	w := &RecoveryWorld{scenario: o.Scenario, planned: planned, unmade: slices.Clone(o.Scenario.Decisions)}
	w.World = &World{
		options: Options{Plan: o.Plan, Scenario: o.Scenario.Scenario, Seed: o.Seed, Version: o.Version, Observe: o.Observe},
		seed:    o.Seed, started: o.Scenario.start(), clock: clock.NewVirtual(o.Scenario.start()), web: webOf(planned.Steps),
	}
	for i, d := range planned.Databases {
		kind, rehearsed := simulated[d.Drill.Kind]
		if !rehearsed {
			return nil, fmt.Errorf("%s is of kind %s, which lives on this machine: `lifeboat recover` recovers it for real", d.Name, d.Drill.Kind)
		}
		land := landscape{scenario: o.Scenario.Scenario, spec: d.Drill, place: d.Drill.Place}
		if i > 0 {
			land.scenario.Quota.Used = 0 // the instances of others are there once
		}
		w.estates = append(w.estates, kind.estate(land))
		if i == 0 {
			w.land, w.estate, w.names = land, kind.estate(land), namesOf(land, o.Plan.Deployment)
		}
	}
	if err := w.machines(); err != nil {
		return nil, err
	}
	w.cloud = w.newCloud(rand.New(rand.NewPCG(o.Seed, 0x7265686561727365))) //nolint:gosec // repeatable on purpose
	w.populate()
	if err := w.wire(); err != nil {
		return nil, err
	}
	w.cloud.Bus.Subscribe(w.listen)
	return w, w.rememberDrills()
}

// machines are the two that recover.
func (w *RecoveryWorld) machines() error {
	e := machines.New(machines.Options{
		Clock: w.clock, Seed: w.seed, Observe: w.options.Observe, Fail: w.fail, Ended: w.ended,
		Tasks: func(machines.Machine) asl.TaskHandler { return w.functions },
	})
	n := w.names.of()
	for _, m := range []struct {
		arn, role  string
		definition []byte
		functions  map[string]string
	}{
		{n.RecoveryMachineARN(), deployed.Recovery, statemachines.Recovery, recoverystep.ParentFunctions()},
		{n.RecoveryStepMachineARN(), deployed.RecoveryStep, statemachines.RecoveryStep, recoverystep.ChildFunctions()},
	} {
		loaded, err := asl.Load(m.definition, asl.WithSubstitutions(m.functions))
		if err != nil {
			return fmt.Errorf("load the machine %s: %w", m.role, err)
		}
		e.Set(machines.Machine{Loaded: loaded, Machine: sfn.Machine{ARN: m.arn, Definition: string(m.definition), RoleARN: w.names.role(m.role), Created: w.started}})
	}
	w.executions = e
	return nil
}

// wire makes all functions, and puts into RunStep what the scenario has go wrong.
func (w *RecoveryWorld) wire() error {
	handlers, err := w.handlers()
	if err != nil {
		return err
	}
	packaged := packagedPlan(w.World)
	failing, err := w.failing(w.env(deployed.RunStep, packaged))
	if err != nil {
		return fmt.Errorf("start %s: %w", deployed.RunStep, err)
	}
	handlers[deployed.RunStep] = failing
	w.functions = &functions{world: w.World, handlers: handlers}
	return nil
}

// rememberDrills writes the past drills of the databases.
func (w *RecoveryWorld) rememberDrills() error {
	table := role{w.World, "history"}.table()
	for i, d := range w.planned.Databases {
		land := w.land
		land.spec, land.place = d.Drill, d.Drill.Place
		for _, entry := range (Estate{w.estates[i], land}).History(w.started) {
			if err := table.AddHistory(context.Background(), entry); err != nil {
				return fmt.Errorf("the history of the scenario: %w", err)
			}
		}
	}
	return nil
}

// Begin starts an execution of the machine recovery.
func (w *RecoveryWorld) Begin(name string, request recovery.Request) (arn string, err error) {
	input, err := json.Marshal(request)
	if err != nil {
		return "", err
	}
	arn = w.parent(name)
	return arn, w.executions.Start(sfn.Start{ARN: arn, MachineARN: w.names.of().RecoveryMachineARN(), Name: name, Input: input, At: w.clock.Now()})
}

func (w *RecoveryWorld) parent(name string) string {
	return w.names.of().ARN("states", "execution:"+w.names.of().RecoveryMachine()+":"+name)
}

// Request is what a recovery of the scenario is started with.
func (w *RecoveryWorld) Request() recovery.Request {
	r := recovery.Request{
		Mode: w.scenario.Mode, Workload: w.scenario.Workload, StartedBy: "lifeboat rehearse", Trigger: "rehearsal", PlanHash: w.planned.PlanHash,
	}
	if r.Mode == recovery.Failover {
		r.Confirm = w.options.Plan.Deployment
	}
	return r
}

// Run runs one recovery to its end, with the decisions of the scenario.
func (w *RecoveryWorld) Run(ctx context.Context) (*RecoveryRehearsal, error) {
	const run = "rehearsal"
	arn, err := w.Begin(run, w.Request())
	if err != nil {
		return nil, err
	}
	w.clock.Go(func() { w.people(run) })
	if at := time.Duration(w.scenario.ParentStopped); at > 0 {
		w.stopParent(arn, run, at)
	}
	if err := w.Wait(ctx); err != nil {
		return nil, err
	}
	return w.rehearsed(ctx, run)
}

// stopParent stops the parent as StopExecution does, and has somebody resume the
// run where the scenario says so.
func (w *RecoveryWorld) stopParent(arn, run string, at time.Duration) {
	w.clock.AfterFunc(at, func() {
		if w.executions.Find(arn).Result == nil {
			w.fail(w.executions.Stop(arn, "Killed", "by the scenario"))
		}
	})
	if later := time.Duration(w.scenario.Resumed); later > 0 {
		w.clock.AfterFunc(at+later, func() {
			_, err := w.Begin(run+"-resumed", recovery.Request{Resume: run, StartedBy: "lifeboat rehearse"})
			w.fail(err)
		})
	}
}

// lookEvery is how often people look at a recovery.
const lookEvery = 15 * time.Second

// people decide what the scenario has them decide, each once its step has failed
// for so long; an abort once anything has.
func (w *RecoveryWorld) people(run string) {
	store := role{w.World, "operator"}.table().Recoveries()
	ctx := context.Background()
	since := map[string]time.Time{}
	for len(w.unmade) > 0 {
		w.clock.Sleep(lookEvery)
		head, err := store.Run(ctx, run)
		if errors.Is(err, recovery.ErrNoRun) && w.executions.Running() != nil {
			continue // it is about to be there
		}
		if err != nil || head.OverAt != nil {
			return
		}
		steps, err := store.Steps(ctx, run)
		if err != nil {
			continue // people look again
		}
		w.unmade = slices.DeleteFunc(w.unmade, func(d PlannedDecision) bool {
			key := fmt.Sprint(d.Choice, d.Step)
			if !w.isDue(d, steps, since, key) {
				return false
			}
			w.decide(ctx, run, d)
			clear(since)
			return true
		})
	}
}

func (w *RecoveryWorld) isDue(d PlannedDecision, steps []recovery.Record, since map[string]time.Time, key string) bool {
	failed := slices.ContainsFunc(steps, func(r recovery.Record) bool {
		return r.Status.State == recovery.Failed && (d.Step == "" || d.Step == r.Node.ID)
	})
	if !failed {
		delete(since, key)
		return false
	}
	if since[key].IsZero() {
		since[key] = w.clock.Now()
	}
	return !w.clock.Now().Before(since[key].Add(d.after()))
}

// decide asks the function that people ask.
func (w *RecoveryWorld) decide(ctx context.Context, run string, d PlannedDecision) {
	by, reason := d.By, d.Reason
	if by == "" {
		by = "lifeboat rehearse"
	}
	if reason == "" {
		reason = "the scenario has it so"
	}
	text, err := json.Marshal(recoverystep.DecideStepIn{Run: run, Choice: d.Choice, Step: d.Step, By: by, Reason: reason})
	if err != nil {
		w.fail(err)
		return
	}
	if _, err := w.functions.invoke(ctx, deployed.DecideStep, text); err != nil {
		w.fail(fmt.Errorf("the decision to %s %s: %w", d.Choice, d.Step, err))
	}
}
