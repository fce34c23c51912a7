// Package stacks are what is deployed. A stack reads as a table of contents;
// the parts are in package constructs.
package stacks

import (
	"cmp"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	parts "github.com/lifeboat-dr/lifeboat/infra/constructs"
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/metrics"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

// newDrills is what runs drills: the machine, its functions and schedules, and
// what watches over them.
func newDrills(scope constructs.Construct, e Entry, d *Deployment) (awscdk.Stack, error) {
	p, key, names := e.props, d.key, namesOf(e.props)
	if err := packagePlan(p.Assets, p.Plan); err != nil {
		return nil, err
	}
	if err := packageAuthorities(p); err != nil {
		return nil, err
	}
	stack := newStack(scope, e, "restore drills and their evidence")
	// The zones are CloudFormation's to choose (see NewNetwork): without this the
	// CDK asks the account for them, and a synthesis would need one.
	known := p.Plan.Regions.Zones
	if len(known) == 0 {
		known = []string{"a", "b", "c"}
	}
	stack.Node().SetContext(jsii.String("availability-zones:account="+names.Account+":region="+names.Region), known)
	limit := cmp.Or(p.PerDatabase, DefaultPerDatabase)
	fleet, permitted := isFleet(p), scopeOf(p.Plan, names)

	alerts := parts.NewAlerts(stack, names, key, p.Plan.Notify, p.Plan.Tickets)
	network := parts.NewNetwork(stack, names, key, p.Plan.Regions.Zones)
	undelivered := parts.NewUndelivered(stack, names, key)
	functions := parts.NewFunctions(stack, parts.FunctionsProps{
		Names: names, Scope: permitted, Key: key, Network: network, Undelivered: undelivered,
		Assets: p.Assets, Version: p.Version, RetentionDays: int(retentionDays(p.Plan)), Dispatch: fleet, Protect: p.Plan.SaysBackups(),
	})
	machine := parts.NewMachine(stack, parts.MachineProps{
		Names: names, ID: "Drill", Name: names.Machine(), About: "restore drills",
		Key: key, Definition: statemachines.Drill, Functions: drillstep.Functions(), Versions: functions, Custom: p.Plan.CustomFunctions(),
	})
	if p.Plan.RecoversOnAWS() {
		newRecovery(stack, p, recovering{names: names, key: key, scope: permitted, functions: functions, undelivered: undelivered})
	}
	if !fleet {
		parts.NewSchedules(stack, names, key, undelivered, schedules(p.Plan))
	}
	parts.NewEvents(stack, names, functions, undelivered, p.Plan.RecoversOnAWS())
	parts.NewRounds(stack, names, functions, undelivered, p.Plan.RecoversOnAWS())
	promised := shown(p.Plan, names)
	alarms := parts.NewAlarms(stack, parts.AlarmsProps{
		Names: names, Pages: alerts.Pages, Tickets: alerts.Tickets, Undelivered: undelivered,
		Watch: metrics.Deployed{Deployment: names.Deployment, Databases: watched(promised), Limit: limit, Fleet: fleet, Policy: p.Plan.SaysBackups(), Recoveries: p.Plan.RecoversOnAWS(), Runbook: deployed.Runbook, Dashboard: names.DashboardConsole()},
	})
	if p.Plan.Backup.Managed() {
		parts.NewAnything(stack, names.Prefix()+"-anything", alarms)
	}
	parts.NewDashboard(stack, parts.DashboardProps{Names: names, Databases: promised, Alarms: alarms, Workloads: fleet, Policy: p.Plan.SaysBackups(), Recoveries: p.Plan.RecoversOnAWS()})
	parts.NewVersion(stack, p.Version, p.Plan.Hash())
	parts.NewOutputs(stack, parts.OutputsProps{Names: names, Machine: machine, Network: network, Keys: p.Plan.RecoveryKeys(), Databases: named(p.Plan)})
	if owner := p.Plan.Owner(); owner != "" && owner != names.Account {
		_, copies := names.Vaults(p.Plan)
		parts.NewOwnerOutputs(stack, names, owner, p.Plan.Regions.Primary, copies.Ours)
	}
	return stack, nil
}

// isFleet tells whether there are too many databases for each to have its own
// schedule and alarms.
func isFleet(p Props) bool { return databases(p.Plan) > cmp.Or(p.PerDatabase, DefaultPerDatabase) }

// named are the databases as a drill is asked for.
func named(p plan.Plan) (list []string) {
	for w, d := range p.OnAWS() {
		list = append(list, w.Name+"/"+d.Name)
	}
	return list
}

// databases are how many AWS keeps the backups of.
func databases(p plan.Plan) (n int) {
	for range p.OnAWS() {
		n++
	}
	return n
}

func namesOf(p Props) deployed.Names {
	return deployed.Names{Deployment: p.Plan.Deployment, Account: p.Account, Region: p.Plan.DrillRegion()}
}

func retentionDays(p plan.Plan) float64 { return p.EvidenceRetention().Hours() / 24 }

func scopeOf(p plan.Plan, names deployed.Names) parts.Scope {
	return parts.Scope{Names: names, Recovery: recoveryOf(p, names), Kinds: kindsOf(p), PrimaryRegion: p.Regions.Primary, CustomFunctions: p.CustomFunctions(), Keys: p.RecoveryKeys(), Users: p.TokenUsers(), Sources: sources(p, names), Tags: p.CopyTags(), Jobs: backedUpByRules(p), Vaults: vaultsHere(p, names), Buckets: p.Backup != nil && len(p.Backup.Tagged) > 0}
}

// backedUpByRules tells whether AWS Backup has anything to do with the plan.
func backedUpByRules(p plan.Plan) bool {
	policies := budget.Policies(p)
	if len(budget.OfTagged(p, policies)) > 0 {
		return true
	}
	for _, policy := range policies {
		if len(policy.Rules) > 0 {
			return true
		}
	}
	return false
}

// kindsOf databases that are drilled.
func kindsOf(p plan.Plan) []string {
	return plan.KindNames(func(k plan.Kind) bool {
		return plan.DrilledOnAWS(k) && p.Any(func(has plan.Kind) bool { return has.Name == k.Name })
	})
}

// sources are the databases that live where their copies are made.
func sources(p plan.Plan, names deployed.Names) (list []string) {
	if owner := p.Owner(); names.Region != p.Regions.Primary || owner != "" && owner != names.Account {
		return nil
	}
	for _, d := range p.OnAWS() {
		list = append(list, parts.SourceARN(names, d))
	}
	return list
}

// vaultsHere are the ARNs of the vaults of this account in which the plan wants
// recovery points: another account's cannot be asked.
func vaultsHere(p plan.Plan, names deployed.Names) (list []string) {
	backups, copies := names.Vaults(p)
	for _, v := range []deployed.Vault{backups, copies} {
		if v.Name != "" && v.Account == names.Account {
			list = append(list, v.ARN())
		}
	}
	return list
}

func schedules(p plan.Plan) []parts.Schedule {
	var list []parts.Schedule
	for w, d := range p.OnAWS() {
		if d.Drill.Schedule != "" {
			list = append(list, parts.Schedule{Workload: w.Name, Database: d.Name, Expression: d.Drill.Schedule})
		}
	}
	return list
}

// shown are the databases with what the plan promises of them.
func shown(p plan.Plan, names deployed.Names) []parts.Shown {
	overdue, protected := slice.Overdue(p), map[string]protection.Subject{}
	for _, s := range protection.Subjects(p, names) {
		protected[s.Name()] = s
	}
	var list []parts.Shown
	for w, d := range p.OnAWS() {
		rto := time.Duration(w.Objectives.RTO)
		list = append(list, parts.Shown{
			Watched: metrics.Watched{
				Workload: w.Name, Database: d.Name, RTO: rto, RPO: time.Duration(w.Objectives.RPO), Every: overdue[w.Name+"/"+d.Name],
				Copied: protected[w.Name+"/"+d.Name].Copied(), Replicated: protected[w.Name+"/"+d.Name].Replicated(),
			},
			Budget: rto - time.Duration(w.Allowances.Detection) - time.Duration(w.Allowances.Decision) - time.Duration(w.Allowances.DNS),
		})
	}
	return list
}

func watched(shown []parts.Shown) (list []metrics.Watched) {
	for _, s := range shown {
		list = append(list, s.Watched)
	}
	return list
}
