// Package stacks are what is deployed. A stack reads as a table of contents;
// the parts are in package constructs.
package stacks

import (
	"cmp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	parts "github.com/lifeboat-dr/lifeboat/infra/constructs"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/monitor"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

// DefaultPerDatabase keeps a stack well below CloudFormation's 500 resources.
const DefaultPerDatabase = 50

// Props of a deployment: the stack that runs drills in the recovery region, and
// beside it the one with what outlives it.
type Props struct {
	Plan    plan.Plan
	Account string // where it is deployed
	Assets  string // folder of the built functions
	Version string // of lifeboat
	// Authorities is a file with RDS's certificate authorities, in PEM, in
	// partitions of which lifeboat has none; or LaterAuthorities.
	Authorities string
	// PerDatabase is up to how many databases each has a schedule and alarms of
	// its own. Above, one dispatcher starts all drills, each workload has one
	// alarm on the age of its backups, and the deployment one on each ending. 0:
	// DefaultPerDatabase.
	PerDatabase int
}

// Deployment is what is deployed.
type Deployment struct {
	Kept   awscdk.Stack // evidence, history and their key
	Drills awscdk.Stack // everything else

	props Props
}

// New is everything that lifeboat needs in one region.
func New(scope constructs.Construct, p Props) (Deployment, error) {
	if err := check(p); err != nil {
		return Deployment{}, err
	}
	if err := packagePlan(p.Assets, p.Plan); err != nil {
		return Deployment{}, err
	}
	if err := packageAuthorities(p); err != nil {
		return Deployment{}, err
	}
	kept, key := newKept(scope, p)
	drills, err := newDrills(scope, p, key)
	return Deployment{Kept: kept, Drills: drills, props: p}, err
}

// newStack is one of the deployment's, with its tag.
func newStack(scope constructs.Construct, id, name, description string, names deployed.Names) awscdk.Stack {
	stack := awscdk.NewStack(scope, jsii.String(id), &awscdk.StackProps{
		StackName: jsii.String(name), Description: jsii.String(description),
		Env: &awscdk.Environment{Account: jsii.String(names.Account), Region: jsii.String(names.Region)},
	})
	// The CDK panics where there are too many; Synthesize says it in one line.
	stack.Node().SetContext(jsii.String("@aws-cdk/core:stackResourceLimit"), "0")
	awscdk.Validations_Of(stack).Acknowledge(&awscdk.Acknowledgment{Id: jsii.String("CloudFormation-Validate::F0007"), Reason: jsii.String("Synthesize counts them")})
	awscdk.Tags_Of(stack).Add(jsii.String(deployed.TagDeployment), jsii.String(names.Deployment), nil)
	return stack
}

// newKept is what outlives the deployment: evidence, history, and the key
// without which neither could be read. It is a stack of its own, so that
// removing lifeboat and deploying it again finds everything where it was, under
// the same owner, and needs to be told nothing.
func newKept(scope constructs.Construct, p Props) (awscdk.Stack, awskms.IKey) {
	names := namesOf(p)
	stack := newStack(scope, "Kept", names.KeptStack(), "lifeboat "+names.Deployment+": evidence and history, which outlive the deployment", names)
	key := parts.NewKey(stack, names)
	evidence := parts.NewEvidence(stack, parts.EvidenceProps{Names: names, Key: key, RetentionDays: retentionDays(p.Plan)})
	history := parts.NewHistory(stack, names, key)
	// A table that is protected from deletion cannot be rolled back. It is made
	// last: when it stands, nothing is left in this stack that could fail.
	history.Node().AddDependency(append(evidence, key)...)
	return stack, key
}

// newDrills is what runs drills: the machine, its functions and schedules, and
// what watches over them.
func newDrills(scope constructs.Construct, p Props, key awskms.IKey) (awscdk.Stack, error) {
	names := namesOf(p)
	stack := newStack(scope, "Lifeboat", names.Prefix(), "lifeboat "+names.Deployment+": restore drills and their evidence", names)
	// The zones are CloudFormation's to choose (see NewNetwork): without this the
	// CDK asks the account for them, and a synthesis would need one.
	known := p.Plan.Regions.Zones
	if len(known) == 0 {
		known = []string{"a", "b", "c"}
	}
	stack.Node().SetContext(jsii.String("availability-zones:account="+names.Account+":region="+names.Region), known)
	limit := cmp.Or(p.PerDatabase, DefaultPerDatabase)
	fleet := isFleet(p)

	alerts := parts.NewAlerts(stack, names, key, p.Plan.Notify)
	network := parts.NewNetwork(stack, names, key, p.Plan.Regions.Zones)
	undelivered := parts.NewUndelivered(stack, names, key)
	functions := parts.NewFunctions(stack, parts.FunctionsProps{
		Names: names, Scope: scopeOf(p.Plan, names), Key: key, Network: network, Undelivered: undelivered,
		Assets: p.Assets, Version: p.Version, RetentionDays: int(retentionDays(p.Plan)), Dispatch: fleet,
	})
	machine := parts.NewMachine(stack, parts.MachineProps{
		Names: names, Key: key, Definition: statemachines.Drill, Functions: drillstep.Functions(), Versions: functions, Custom: p.Plan.CustomFunctions(),
	})
	if !fleet {
		parts.NewSchedules(stack, names, key, undelivered, schedules(p.Plan))
	}
	parts.NewEvents(stack, names, functions[deployed.EventListener], undelivered)
	parts.NewRounds(stack, names, functions, undelivered)
	specs, err := slice.MonitoredSpecs(p.Plan, slice.Places{SecurityGroups: []string{"made by the stack"}})
	if err != nil {
		return nil, err
	}
	alarms := parts.NewAlarms(stack, parts.AlarmsProps{
		Names: names, Topic: alerts, Undelivered: undelivered, Databases: watched(p.Plan), Backups: monitor.Alarms(specs, limit),
		EachEnding: !fleet, Dispatch: fleet,
	})
	parts.NewDashboard(stack, names, watched(p.Plan), alarms)
	parts.NewOutputs(stack, names, machine, network, p.Plan.RecoveryKeys())
	if owner := p.Plan.Owner(); owner != "" && owner != names.Account {
		parts.NewOwnerOutputs(stack, names, owner, p.Plan.Regions.Primary)
	}
	return stack, nil
}

// isFleet tells whether there are too many databases for each to have its own
// schedule and alarms.
func isFleet(p Props) bool { return len(watched(p.Plan)) > cmp.Or(p.PerDatabase, DefaultPerDatabase) }

func namesOf(p Props) deployed.Names {
	return deployed.Names{Deployment: p.Plan.Deployment, Account: p.Account, Region: p.Plan.DrillRegion()}
}

func retentionDays(p plan.Plan) float64 { return p.EvidenceRetention().Hours() / 24 }

func scopeOf(p plan.Plan, names deployed.Names) parts.Scope {
	return parts.Scope{Names: names, PrimaryRegion: p.Regions.Primary, CustomFunctions: p.CustomFunctions(), Keys: p.RecoveryKeys(), Users: p.TokenUsers(), Sources: sources(p, names)}
}

// sources are the instances that live where their copies are made.
func sources(p plan.Plan, names deployed.Names) (list []string) {
	if owner := p.Owner(); names.Region != p.Regions.Primary || owner != "" && owner != names.Account {
		return nil
	}
	for _, d := range p.OnAWS() {
		list = append(list, names.ARN("rds", "db:"+d.Source))
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

func watched(p plan.Plan) []parts.Watched {
	var list []parts.Watched
	for w, d := range p.OnAWS() {
		list = append(list, parts.Watched{Workload: w.Name, Database: d.Name, RPOSeconds: w.Objectives.RPO.Seconds()})
	}
	return list
}
