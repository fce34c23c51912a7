// Package template is the world in which what is rehearsed is what is deployed:
// the simulated AWS is made from the synthesized templates (pkg/cfn), and nothing
// in it is set by hand. Functions run with the environment, the role, the package
// and the network of their template; schedules fire by their expression, rules
// route by their pattern, alarms evaluate and mails arrive, in virtual time. Every
// request is authorised before it takes effect (pkg/simaws/authz), also for what
// AWS checks on the caller's behalf, and every connection follows from subnets,
// groups and endpoints (pkg/simaws/network).
//
// What only this world has of its own: the databases with their backups, which
// come from a scenario (pkg/world/sim), and the people: an operator who may do
// everything, and whoever reads the mails.
//
// It needs Node, for the evaluator of policies, and is for tests and `make
// rehearse`. Nothing outside of the process is touched.
package template

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudformation"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/eventbridge"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/scheduler"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sqs"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// Options of a world.
type Options struct {
	Assembly cfn.Assembly
	// Evaluator decides about policies; it may serve many worlds.
	Evaluator *authz.Evaluator
	// Unjudged: there is no evaluator, every request is allowed and shown to Asked.
	// It is for whoever wants to know what a deployment asks AWS, and has AWS itself
	// to answer.
	Unjudged bool
	// Scenario is how the databases and their restores behave. Its database is
	// that of Drill alone: every one of the plan is there.
	Scenario sim.Scenario
	Seed     uint64
	// StandIns: a package may hold the name of its function instead of a binary, in
	// tests, which do not build them.
	StandIns bool
	// Unconfirmed: nobody has clicked the link in the mail that asks whether an
	// address wants to be told.
	Unconfirmed bool
	// History puts the past drills of the scenario on record; without it nothing was
	// ever drilled.
	History bool
	// Observe is shown every event of every execution; nil: nobody watches.
	Observe func(executionARN string, event asl.Event)
	// Visited is shown every attempt of a state of every execution; nil: nobody
	// watches.
	Visited func(machineARN string, visit asl.Visit)
	// Asked is shown every question that AWS asked, of a request, on somebody's behalf
	// or of a deployment; nil: nobody looks.
	Asked func(authz.Question)
	// Exchange is shown every call of AWS; nil: nobody looks.
	Exchange func(simaws.Exchange)
}

// World is one simulated AWS with one deployment in it.
type World struct {
	o        Options
	started  time.Time
	clock    *clock.Virtual
	cloud    *lab.Cloud
	account  *cloudformation.Account
	auth     *authz.Authorizer
	machines *machines.Executions
	async    *lambda.Asynchronous
	code     *code
	estates  []sim.Estate
	specs    map[string]drill.Spec
	plan     plan.Plan // as it is packaged

	troubles []Trouble
	took     []time.Duration // by each call of a function
	problems []error
	named    int
	// forbidden to the operator.
	forbidden  []string
	restricted json.RawMessage // what the operator may; nil: everything
}

// Open makes the cloud, deploys the assembly into it and lets people confirm that
// they want to be told. The error joins everything that AWS would refuse in the
// deployment; the world is there all the same unless it is nil.
func Open(o Options) (*World, error) {
	lint := func(json.RawMessage) ([]string, error) { return nil, nil }
	switch {
	case o.Evaluator != nil:
		lint = o.Evaluator.Lint
	case !o.Unjudged:
		return nil, errors.New("a world of templates without an evaluator of policies would allow everything: say Unjudged where that is meant")
	}
	w := &World{o: o, started: o.Scenario.Began(), specs: map[string]drill.Spec{}}
	w.clock = clock.NewVirtual(w.started)
	w.machines = machines.New(machines.Options{
		Clock: w.clock, Seed: o.Seed, Observe: o.Observe, Visited: o.Visited, Ended: w.ended, Fail: w.fail,
		Tasks: func(m machines.Machine) asl.TaskHandler { return tasks{w, m.RoleARN} },
	})
	random := rand.New(rand.NewPCG(o.Seed, 0x74656d706c617465)) //nolint:gosec // repeatable on purpose
	w.cloud = lab.New(lab.Options{
		Options: simaws.Options{
			Clock: w.clock, Pause: w.clock.Sleep, Faults: o.Scenario.Faults, Observe: o.Exchange,
			Authorise: w.authorise,
		},
		Deliver: o.Scenario.Deliver(random), Executions: w.machines,
		RDS:       rds.Options{Behaviour: o.Scenario.Behaviour(), Random: random.Float64, RequiredTags: o.Scenario.RequiredTags},
		Rules:     eventbridge.Options{Deliver: w.toTarget, DeadLetter: w.undeliveredByRule, Lost: w.lostByRule},
		Scheduler: scheduler.Options{Random: random.Float64, Deliver: w.bySchedule, DeadLetter: w.undeliveredBySchedule, Lost: w.lostBySchedule},
		SQS:       sqs.Options{OnChange: w.queueChanged},
		Backup:    backup.Options{Random: random.Float64, May: w.mayBackUp, Notify: w.vaultTells},
		Policies:  func(arn string) json.RawMessage { return policies{w}.OfResource(arn) },
	})
	w.async = lambda.NewAsynchronous(lambda.AsyncOptions{
		Clock: w.clock, Go: func(f func()) { w.clock.Go(f) }, Run: w.runAsync, DeadLetter: w.undeliveredByFunction, Lost: w.lostByFunction,
	})
	w.account = cloudformation.New(w.cloud, cloudformation.Options{
		Deployer: func(account string) string { return wire.GlobalARN("iam", w.region(), account, "role/"+Operator) },
		Lint:     lint, May: w.may, SetMachine: w.setMachine, RemoveMachine: w.machines.Remove,
	})
	w.auth = authz.New(o.Evaluator, policies{w}, facts{w})
	w.auth.Now, w.auth.Observe = w.clock.Now, o.Asked
	w.code = &code{world: w, warm: map[string]started{}}
	w.cloud.IAM.Evaluate = w.evaluate
	w.cloud.Metrics.OnAlarm(w.alarmChanged)
	err := w.Deploy(o.Assembly)
	return w, errors.Join(err, w.settle(), errors.Join(w.problems...))
}

// region is that of the deployment.
func (w *World) region() string { return w.Where().Region }

// settle puts the databases of the plan, which the deployment's package says,
// beside the deployment.
func (w *World) settle() error {
	specs, err := w.planned()
	if err != nil {
		return err
	}
	linked := map[string]bool{}
	for _, spec := range specs {
		estate, err := sim.EstateOf(spec, w.o.Scenario)
		if err != nil {
			return err
		}
		estate.Populate(w.cloud, w.started)
		w.estates, w.specs[spec.Name()] = append(w.estates, estate), spec
		if !linked[estate.Account()] && !w.o.Scenario.LacksLinkedRole() {
			w.cloud.IAM.AddLinkedRoleRDS(estate.Account())
		}
		linked[estate.Account()] = true
	}
	if w.plan, _, err = w.packaged(); err != nil {
		return err
	}
	w.teams(w.plan)
	if w.o.Scenario.LacksSubnetGroup() {
		for _, spec := range specs {
			w.cloud.RDS.RemoveSubnetGroup(w.estates[0].Account(), spec.Place.Region(), spec.Place.SubnetGroup)
		}
	}
	if !w.o.History {
		return nil
	}
	return w.remember()
}

// remember writes the past drills of every database, as the deployment would have.
func (w *World) remember() error {
	where := w.Where()
	table := dynamodb.New(w.config(Operator, where.Account, where.Region, "scenario", w.cloud), w.told(deployed.EnvTable), nil)
	for _, estate := range w.estates {
		for _, entry := range estate.History(w.started) {
			if err := table.AddHistory(context.Background(), entry); err != nil {
				return fmt.Errorf("the history of the scenario: %w", err)
			}
		}
	}
	return nil
}

// Deploy deploys an assembly over what is there.
func (w *World) Deploy(assembly cfn.Assembly) error {
	w.code.stale(assembly)
	w.teamsNetwork(assembly)
	if err := w.account.Deploy(assembly); err != nil {
		return &Undeployed{fmt.Errorf("the deployment: %w", err)}
	}
	if err := w.account.Network.Check(); err != nil {
		return &Undeployed{fmt.Errorf("the network of the deployment: %w", err)}
	}
	w.confirm()
	return nil
}

// Cloud is the simulated AWS, for whoever wants to change what is in it.
func (w *World) Cloud() *lab.Cloud { return w.cloud }

// Account is what the stacks made.
func (w *World) Account() *cloudformation.Account { return w.account }

// Now is the time in the world.
func (w *World) Now() time.Time { return w.clock.Now() }

// Pass lets time pass.
func (w *World) Pass(d time.Duration) error {
	w.clock.Advance(d)
	return errors.Join(w.problems...)
}

// At does something so long from now.
func (w *World) At(in time.Duration, f func()) { w.clock.AfterFunc(in, f) }

// Start begins an execution as the console does, with an input as it is typed.
func (w *World) Start(machine, input string) (*machines.Execution, error) {
	return w.start(machine, "", json.RawMessage(input))
}

// Stop aborts an execution, as an operator does.
func (w *World) Stop(x *machines.Execution) {
	w.fail(w.machines.Stop(x.ARN, "", "stopped by an operator"))
}

// Wait lets time pass until an execution has ended, and what it tells has arrived.
func (w *World) Wait(ctx context.Context, x *machines.Execution) error {
	if err := x.Wait(ctx); err != nil {
		return err
	}
	return w.Pass(time.Minute)
}

// Executions are all so far, in the order of their starts.
func (w *World) Executions() []*machines.Execution { return w.machines.All() }

// fail keeps what went wrong in the world itself, which is no trouble of the
// deployment, each once: an evaluator that has ended answers nothing any more.
func (w *World) fail(err error) {
	if err != nil && !slices.ContainsFunc(w.problems, func(known error) bool { return known.Error() == err.Error() }) {
		w.problems = append(w.problems, err)
	}
}
