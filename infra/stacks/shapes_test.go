package stacks_test

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/lifeboat-dr/lifeboat/infra/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

// owner of the databases, where that is not the account that drills them.
const owner = "999988887777"

// shapes are deployments that several tests look at, each synthesized once.
var shapes = map[string]*shape{
	"example": {plan: examplePlan},
	// One more than have schedules and alarms of their own.
	"fleet":        {golden: true, plan: func(t *testing.T) plan.Plan { return fleetPlan(t, 3, (stacks.DefaultPerDatabase+3)/3) }},
	"two-accounts": {golden: true, plan: twoAccounts},
	"adoption":     {golden: true, plan: adopting},
	// A drill account apart, with a key of its own for one database and a user of
	// the database for its checks, neither for the other.
	"apart": {plan: apart},
	"another partition": {plan: func(t *testing.T) plan.Plan {
		p := examplePlan(t)
		p.Regions = &plan.Regions{Primary: "us-gov-west-1", Recovery: "us-gov-east-1"}
		return p
	}},
	// Another partition than that of the world, with certificate authorities of its own.
	"china": {plan: func(t *testing.T) plan.Plan {
		p := examplePlan(t)
		p.Regions = &plan.Regions{Primary: "cn-north-1", Recovery: "cn-northwest-1"}
		return p
	}},
	// The smallest fleet that has a dispatcher.
	"small fleet":               {plan: func(t *testing.T) plan.Plan { return fleetPlan(t, 2, 1) }, change: func(p *stacks.Props) { p.PerDatabase = 1 }},
	"small fleet, next version": {plan: func(t *testing.T) plan.Plan { return fleetPlan(t, 2, 1) }, change: func(p *stacks.Props) { p.PerDatabase, p.Version = 1, "0.0.1" }},
	// The example again, after an update of lifeboat.
	"next version": {plan: examplePlan, change: func(p *stacks.Props) { p.Version = "0.0.1" }},
}

// backedUp are those whose backups lifeboat makes: derived from the RPO, and with
// everything that a plan can say.
var backedUp = map[string]*shape{
	"backups":       {golden: true, plan: managed},
	"backups-apart": {golden: true, plan: declared},
}

// recovers are those of a plan with a recovery: examples/recovery, and the same where
// lifeboat makes the backups, also of what was recovered.
var recovers = map[string]*shape{
	"recovery":         {golden: true, plan: recoveryPlan, beside: "no recovery"},
	"recovery-backups": {plan: recoveryWithBackups},
	// One of the databases has a read replica in the recovery region, which is promoted.
	"recovery-replica": {plan: promoting},
}

// besides are those that others are compared with, and nothing more.
var besides = map[string]*shape{
	"no recovery": {plan: withoutRecovery},
}

// recoveryPlan is the plan of examples/recovery.
func recoveryPlan(t *testing.T) plan.Plan {
	t.Helper()
	loaded, err := planfile.Load("../../examples/recovery/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Plan
}

func recoveryWithBackups(t *testing.T) plan.Plan {
	p, yes := recoveryPlan(t), true
	p.Backup = &plan.Backup{Manage: &yes}
	return p
}

// withoutRecovery is the plan of examples/recovery with nothing of recoveries in it.
func withoutRecovery(t *testing.T) plan.Plan {
	p := recoveryPlan(t)
	p.Recovery = nil
	for i := range p.Workloads {
		w := &p.Workloads[i]
		w.Recovery = nil
		for j := range w.Databases {
			w.Databases[j].Recovery = nil
		}
	}
	return p
}

type shape struct {
	plan   func(*testing.T) plan.Plan
	golden bool   // what it has other than the shape beside it is held by a file
	beside string // "": the example
	change func(*stacks.Props)
	once   sync.Once
	made   assembly
	err    error
}

// allShapes are those with and without backups and recoveries.
func allShapes() map[string]*shape {
	all := maps.Clone(shapes)
	maps.Copy(all, backedUp)
	maps.Copy(all, recovers)
	maps.Copy(all, besides)
	return all
}

// shaped is the deployment of a shape, with what cdk-nag finds in it.
func shaped(t *testing.T, name string) assembly {
	t.Helper()
	s := allShapes()[name]
	s.once.Do(func() {
		p := s.plan(t)
		if problems := p.Validate(); len(problems) > 0 {
			s.err = fmt.Errorf("%+v", problems)
			return
		}
		s.made, s.err = synthesize(t, p, true, s.change)
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.made
}

// synthesized is the example's deployment.
func synthesized(t *testing.T) assembly {
	t.Helper()
	return shaped(t, "example")
}

// twoAccounts drills in an account apart from that of the databases, in the
// region where these live. Somebody else gets the tickets.
func twoAccounts(t *testing.T) plan.Plan {
	p := examplePlan(t)
	p.Tickets = []string{"team@example.com"}
	p.Accounts = &plan.Accounts{Primary: owner, Recovery: account}
	p.Regions.Primary, p.Regions.Recovery = home, ""
	p.Backup = nil // of the example: replicated into a recovery region
	p.Workloads[0].Databases[0].Drill.Scenario = plan.ScenarioAccountLoss
	return p
}

// adopting names everything that a deployment takes as it finds it: keys, by ARN
// and by alias, groups, functions, users, zones, and the instance itself where
// its copies are made beside it. Nothing that lifeboat makes (bucket, table, key,
// network, logs) can be given to it.
func adopting(t *testing.T) plan.Plan {
	p := examplePlan(t)
	p.Regions.Primary, p.Regions.Recovery, p.Regions.Zones = home, "", []string{home + "c", home + "a"}
	p.Backup = nil // of the example: replicated into a recovery region
	d := &p.Workloads[0].Databases[0]
	d.Drill.Scenario, d.Drill.ParameterGroup, d.Drill.OptionGroup = plan.ScenarioOperatorError, "orders-postgres16", "orders-options"
	d.Drill.KMSKey = "arn:aws:kms:" + home + ":" + account + ":key/11111111-1111-1111-1111-111111111111"
	d.Login, d.User = plan.LoginIAM, "checker"
	d.CustomCheck = &plan.CustomCheck{Name: "orders can be taken", Function: "arn:aws:lambda:" + home + ":" + account + ":function:check-orders:live"}
	byAlias := *d
	byAlias.Name, byAlias.Source, byAlias.Drill.KMSKey = "billing-db", "billing-prod", "alias/billing"
	p.Workloads[0].Databases = append(p.Workloads[0].Databases, byAlias)
	return p
}

// apart is twoAccounts with a second database. Keys and logins are mixed.
func apart(t *testing.T) plan.Plan {
	p := twoAccounts(t)
	d := &p.Workloads[0].Databases[0]
	other := *d
	d.Login, d.User = plan.LoginIAM, "checker"
	d.Drill.KMSKey = "arn:aws:kms:" + home + ":" + account + ":key/orders"
	other.Name, other.Source, other.Drill.Schedule = "billing-db", "billing-prod", "cron(0 4 1 * ? *)"
	p.Workloads[0].Databases = append(p.Workloads[0].Databases, other)
	return p
}
