// Package sim is the world in which a drill runs against a simulated AWS in
// virtual time: the machine as it is deployed, the handlers with the real SDK
// clients, and pkg/simaws behind them. A restore of an hour takes milliseconds,
// and the same plan, scenario and seed give the same run, byte for byte.
//
// Nothing outside of the process is touched, and nothing is left behind.
//
// It is no world.World: package world says why.
package sim

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

// Options of a world.
type Options struct {
	Plan     plan.Plan
	Scenario Scenario
	Seed     uint64
	Version  string // of lifeboat
	// Observe is shown every event of every execution; nil: nobody watches.
	Observe func(executionARN string, event asl.Event)
	// Exchange is shown every call of AWS with both bodies; nil: nobody looks.
	Exchange func(simaws.Exchange)
	// Backing makes restored instances real; nil: they are models, and so are
	// the answers of the checks.
	Backing *Backing
}

// Backing is a real database behind restored instances.
type Backing struct {
	rds.Backing
	// Roots are the authorities that its certificate comes from.
	Roots *x509.CertPool
}

// World is one simulated AWS with one deployment of lifeboat.
type World struct {
	options    Options
	seed       uint64
	started    time.Time
	clock      *clock.Virtual
	land       landscape
	estate     estate
	names      names
	definition []byte
	functions  *functions
	executions *machines.Executions
	cloud      *lab.Cloud
	web        web // of teams' own applications
	problems   []error
}

// Open makes a world for the drill of one database; the error is
// UnknownDatabase where the plan has no such one.
func Open(o Options) (*World, error) {
	spec, err := slice.SpecFor(o.Plan, o.Scenario.Database, places(o.Plan))
	if err != nil {
		return nil, err
	}
	kind, rehearsed := simulated[spec.Kind]
	if !rehearsed {
		return nil, fmt.Errorf("%s is of kind %s, which lives on this machine: rehearse is for databases on AWS, `lifeboat drill` drills it for real", spec.Name(), spec.Kind)
	}
	machine, err := asl.Load(statemachines.Drill, asl.WithSubstitutions(drillstep.Functions()))
	if err != nil {
		return nil, fmt.Errorf("load the drill machine: %w", err)
	}
	w := &World{
		options: o, seed: o.Seed, started: o.Scenario.start(), definition: statemachines.Drill,
		land: landscape{scenario: o.Scenario, spec: spec, place: spec.Place},
	}
	w.estate = kind.estate(w.land)
	w.names = namesOf(w.land, o.Plan.Deployment)
	w.clock = clock.NewVirtual(w.started)
	w.executions = w.newExecutions(machine)
	w.cloud = w.newCloud(rand.New(rand.NewPCG(o.Seed, 0x7265686561727365))) //nolint:gosec // repeatable on purpose
	handlers, err := w.handlers()
	if err != nil {
		return nil, err
	}
	w.functions = &functions{world: w, handlers: handlers}
	w.cloud.Bus.Subscribe(w.listen)
	return w, w.remember()
}

func places(p plan.Plan) slice.Places {
	return slice.Places{SecurityGroups: []string{"sg-lifeboat-" + p.Deployment}}
}

// listen gives an event to the listener's function, as the rule does.
func (w *World) listen(e events.Event) {
	text, err := json.Marshal(e)
	if err != nil {
		w.fail(err)
		return
	}
	w.clock.Go(func() {
		w.clock.Sleep(invokeLatency)
		if _, err := w.functions.invoke(context.Background(), deployed.EventListener, text); err != nil {
			w.fail(fmt.Errorf("the event listener: %w", err))
		}
	})
}

// fail keeps what went wrong in the world itself; a drill's own failures are
// its result.
func (w *World) fail(err error) {
	if err != nil {
		w.problems = append(w.problems, err)
	}
}

// Start begins an execution of the drill machine.
func (w *World) Start(name string, request drillstep.Request) (arn string, err error) {
	input, err := json.Marshal(request)
	if err != nil {
		return "", err
	}
	arn = w.names.execution(name)
	return arn, w.executions.Start(sfn.Start{ARN: arn, MachineARN: w.names.machine, Name: name, Input: input, At: w.clock.Now()})
}

// Wait lets time pass until no execution runs any more.
func (w *World) Wait(ctx context.Context) error {
	for {
		running := w.executions.Running()
		if running == nil {
			break
		}
		if err := running.Wait(ctx); err != nil {
			return fmt.Errorf("execution %s: %w", running.Name, err)
		}
		w.clock.Advance(w.settling())
	}
	return errors.Join(w.problems...)
}

// settling is how long events of an ended execution may take to arrive and to
// have their effect.
func (w *World) settling() time.Duration {
	return 10*time.Second + 4*w.options.Scenario.Events.Delay.or(2*time.Second)
}
