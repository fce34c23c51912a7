// Package account is what a doctor asks of an AWS account in which lifeboat is
// deployed, one check a file, read-only. Each is a function that makes a
// doctor.Check over interfaces declared beside it.
//
// What is asked comes from the deployment itself: its synthesized assembly is
// rehearsed in the world of templates (pkg/world/template), which judges nothing
// here and shows every question that AWS would put to the deployment's roles.
// Whether the account answers them is for AWS to say.
package account

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// Needs is what a deployment asks of AWS, learned by rehearsing its assembly.
type Needs struct {
	Names    deployed.Names
	Assembly cfn.Assembly
	Plan     plan.Plan
	// Databases are the specs of the plan's, in its order.
	Databases []drill.Spec
	// Questions that AWS asks of the deployment's roles, each once, sorted. Ids that
	// CloudFormation makes up are the simulation's in them.
	Questions []authz.Question
	// Services are those that it asks services of its own, which have no role, about
	// what the deployment made: whether a role trusts them, a queue lets them in.
	Services []authz.Question
	// World is that of the good days, after the rehearsals: policies as they are
	// resolved (Account().OfResource), machines, what executions did.
	World *template.World
	// Visits of states, by the ARN of their machine: each way that a state was left
	// once.
	Visits map[string][]asl.Visit

	usual map[string]bool // identities of questions that were asked on a good day
}

// Rehearsing is how the assembly is rehearsed.
type Rehearsing struct {
	// Scenarios beside the good day; nil: Scenarios().
	Scenarios []sim.Scenario
	// StandIns: see template.Options.
	StandIns bool
	Seed     uint64
}

// Scenarios take drills through what a good day does not: a restore from a
// snapshot, and one that fails.
func Scenarios() []sim.Scenario {
	const minute = sim.Duration(time.Minute)
	snapshot := sim.Backups{NoReplica: true, Snapshots: []sim.Snapshot{{Kind: "manual", Age: 30 * minute, CopiedAfter: 5 * minute}}}
	return []sim.Scenario{
		{Description: "from a snapshot", Backups: snapshot},
		{Description: "a restore that fails", Restore: sim.Restore{EndsIn: "storage-full"}},
	}
}

// rounds are what is let pass after the drills, so that everything that runs on a
// schedule of its own has run: none waits longer than an hour for its turn.
const rounds = 2 * time.Hour

// Rehearse reads an assembly and drills every database whose shape differs in it:
// on a good day and in each scenario; one drill is aborted, one copy was left
// behind, and then time passes. Where the plan declares a recovery that is exercised
// and failed over as well, and people interfere. The error is that of an assembly that is none, or
// that cannot be deployed; how drills end is none.
func Rehearse(ctx context.Context, folder string, o Rehearsing) (Needs, error) {
	assembly, err := cfn.ReadAssembly(folder)
	if err != nil {
		return Needs{}, err
	}
	if o.Scenarios == nil {
		o.Scenarios = Scenarios()
	}
	n := Needs{Assembly: assembly}
	asked, visits := map[string]authz.Question{}, visits{}
	options := template.Options{Assembly: assembly, Unjudged: true, StandIns: o.StandIns, Seed: o.Seed, History: true, Asked: func(q authz.Question) {
		asked[identity(q)] = q
	}, Visited: visits.see}
	if n.World, err = rehearse(ctx, options); err != nil {
		return Needs{}, err
	}
	n.usual = map[string]bool{}
	for key := range asked {
		n.usual[key] = true
	}
	if err := errors.Join(cutOff(n.World), interfere(ctx, n.World)); err != nil {
		return Needs{}, err
	}
	for _, options.Scenario = range o.Scenarios {
		w, err := rehearse(ctx, options)
		if err == nil && w.Recovers() && options.Scenario.Restore.EndsIn != "" {
			err = retried(ctx, w)
		}
		if err != nil {
			return Needs{}, fmt.Errorf("%s: %w", options.Scenario.Description, err)
		}
	}
	if err := visits.more(ctx, options); err != nil {
		return Needs{}, err
	}
	n.Visits = visits
	if n.Plan, err = n.World.Plan(); err != nil {
		return Needs{}, err
	}
	n.Databases = n.World.Specs()
	where := n.World.Where()
	n.Names = deployed.Names{Deployment: n.Plan.Deployment, Account: where.Account, Region: where.Region}
	for _, key := range slices.Sorted(maps.Keys(asked)) {
		q := asked[key]
		switch {
		case n.World.Account().Role(q.Principal) != nil:
			n.Questions = append(n.Questions, q)
		case !strings.HasPrefix(q.Principal, "arn:"):
			n.Services = append(n.Services, q)
		}
	}
	return n, nil
}

// rehearse drills one database of each shape in a world of a scenario, and recovers
// what the plan declares.
func rehearse(ctx context.Context, o template.Options) (*template.World, error) {
	w, err := template.Open(o)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, spec := range w.Specs() {
		like := shape(spec)
		if seen[like] {
			continue
		}
		seen[like] = true
		if _, err := w.Rehearse(ctx, spec.Name()); err != nil {
			return nil, fmt.Errorf("the rehearsal of %s: %w", spec.Name(), err)
		}
	}
	if err := recoverAll(ctx, w); err != nil {
		return nil, err
	}
	return w, w.Pass(time.Minute)
}

// shape is what a spec has beside what only this database is called, may take and
// is asked.
func shape(s drill.Spec) string {
	s.Workload, s.Database, s.Owner = "", "", ""
	s.Objectives, s.Allowances, s.Limits, s.Reference = drill.Objectives{}, drill.Allowances{}, drill.Limits{}, nil
	kinds := map[drill.CheckKind]bool{}
	for _, c := range s.Checks {
		kinds[c.Kind] = true
	}
	s.Checks = nil
	if s.RDS != nil {
		of := *s.RDS
		of.Instance, of.User, of.Database, of.InstanceClass = "", "", "", ""
		s.RDS = &of
	}
	text, _ := json.Marshal(struct { // a spec travels as JSON
		Spec  drill.Spec
		Kinds []drill.CheckKind
	}{s, slices.Sorted(maps.Keys(kinds))})
	return string(text)
}

// cutOff aborts a drill in the middle, leaves a copy behind that nobody knows any
// more, and lets the rounds find both.
func cutOff(w *template.World) error {
	specs := w.Specs()
	machine, err := w.DrillMachine()
	if err != nil || len(specs) == 0 {
		return errors.Join(err, w.Pass(rounds))
	}
	input, _ := json.Marshal(map[string]string{"database": specs[0].Name(), "startedBy": "lifeboat doctor", "trigger": "rehearsal"}) // texts always encode
	x, err := w.Start(machine, string(input))
	if err != nil {
		return err
	}
	w.At(10*time.Minute, func() { w.Stop(x) })
	forgotten := strings.Replace(machine, ":stateMachine:", ":execution:", 1) + ":forgotten"
	spec := specs[0]
	if spec.RDS != nil {
		where := w.Where()
		w.Cloud().RDS.AddInstance(where.Account, where.Region, rds.Instance{
			Identifier: drill.ThrowawayName(spec.Deployment, forgotten), SubnetGroup: spec.Place.SubnetGroup,
			Tags: []rds.Tag{
				{Key: deployed.TagDeployment, Value: spec.Deployment}, {Key: deployed.TagExecution, Value: forgotten}, {Key: deployed.TagRun, Value: "forgotten"},
				{Key: deployed.TagCreatedAt, Value: w.Now().Add(-26 * time.Hour).Format(time.RFC3339)},
			},
		})
	}
	return w.Pass(rounds)
}

// identity tells questions apart.
func identity(q authz.Question) string {
	text, _ := json.Marshal(q) // texts and lists of texts always encode
	return cmp.Or(q.Principal, "-") + " " + q.Action + " " + q.Resource + " " + string(text)
}
