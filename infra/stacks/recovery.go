// Package stacks are what is deployed. A stack reads as a table of contents;
// the parts are in package constructs.
package stacks

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	parts "github.com/lifeboat-dr/lifeboat/infra/constructs"
	"github.com/lifeboat-dr/lifeboat/pkg/monitor"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

// DefaultPerDatabase keeps a stack well below CloudFormation's 500 resources.
const DefaultPerDatabase = 50

// RecoveryProps of the stack that runs drills in the recovery region.
type RecoveryProps struct {
	Plan    plan.Plan
	Account string // where it is deployed
	Assets  string // folder of the built functions
	Version string // of lifeboat
	// Adopt takes over what an earlier deployment left: the ARN of its key, with
	// its bucket and its table. Empty: all are made.
	Adopt string
	// PerDatabase is up to how many databases each has a schedule and alarms of
	// its own. Above, one dispatcher starts all drills, each workload has one
	// alarm on the age of its backups, and the deployment one on each ending. 0:
	// DefaultPerDatabase.
	PerDatabase int
}

// NewRecovery is everything that lifeboat needs in one region.
func NewRecovery(scope constructs.Construct, p RecoveryProps) (awscdk.Stack, error) {
	if err := packagePlan(p.Assets, p.Plan); err != nil {
		return nil, err
	}
	names := parts.Names{Deployment: p.Plan.Deployment, Account: p.Account, Region: region(p.Plan)}
	if err := fits(scopeOf(p.Plan, names)); err != nil {
		return nil, fmt.Errorf("the deployment %s: %w", names.Deployment, err)
	}
	stack := awscdk.NewStack(scope, jsii.String("Lifeboat"), &awscdk.StackProps{
		StackName: jsii.String(names.Prefix()), Description: jsii.String("lifeboat " + names.Deployment + ": restore drills and their evidence"),
		Env: &awscdk.Environment{Account: jsii.String(names.Account), Region: jsii.String(names.Region)},
	})
	// The zones are CloudFormation's to choose (see NewNetwork): without this the
	// CDK asks the account for them, and a synthesis would need one.
	stack.Node().SetContext(jsii.String("availability-zones:account="+names.Account+":region="+names.Region), []string{"a", "b"})
	awscdk.Tags_Of(stack).Add(jsii.String("lifeboat:deployment"), jsii.String(names.Deployment), nil)
	limit := cmp.Or(p.PerDatabase, DefaultPerDatabase)
	fleet := len(watched(p.Plan)) > limit
	retention := p.Plan.EvidenceRetention().Hours() / 24

	key := parts.NewKey(stack, names, p.Adopt)
	adopt := p.Adopt != ""
	parts.NewEvidence(stack, parts.EvidenceProps{Names: names, Key: key, RetentionDays: retention, Adopt: adopt})
	parts.NewHistory(stack, names, key, adopt)
	alerts, err := parts.NewAlerts(stack, names, key, p.Plan.Notify)
	if err != nil {
		return nil, fmt.Errorf("the deployment %s: %w", names.Deployment, err)
	}
	network := parts.NewNetwork(stack, names, key)
	undelivered := parts.NewUndelivered(stack, names, key)
	functions := parts.NewFunctions(stack, parts.FunctionsProps{
		Names: names, Scope: scopeOf(p.Plan, names), Key: key, Network: network, Undelivered: undelivered,
		Assets: p.Assets, Version: p.Version, RetentionDays: int(retention), Dispatch: fleet,
	})
	machine := parts.NewMachine(stack, parts.MachineProps{
		Names: names, Key: key, Definition: statemachines.Drill, Functions: step.Functions(), Versions: functions, Custom: customFunctions(p.Plan),
	})
	if !fleet {
		parts.NewSchedules(stack, names, key, undelivered, schedules(p.Plan))
	}
	parts.NewEvents(stack, names, functions["event-listener"], undelivered)
	parts.NewRounds(stack, names, functions, undelivered)
	specs, err := step.MonitoredSpecs(p.Plan, step.Places{SecurityGroups: []string{"made by the stack"}})
	if err != nil {
		return nil, err
	}
	alarms := parts.NewAlarms(stack, parts.AlarmsProps{
		Names: names, Topic: alerts, Undelivered: undelivered, Databases: watched(p.Plan), Backups: monitor.Alarms(specs, limit),
		EachEnding: !fleet, Dispatch: fleet,
	})
	parts.NewDashboard(stack, names, watched(p.Plan), alarms)
	parts.NewOutputs(stack, names, machine, keys(p.Plan))
	if owner := ownerOf(p.Plan); owner != "" && owner != names.Account {
		parts.NewOwnerOutputs(stack, names, owner, p.Plan.Regions.Primary)
	}
	return stack, nil
}

func region(p plan.Plan) string {
	if p.Regions.Recovery != "" {
		return p.Regions.Recovery
	}
	return p.Regions.Primary
}

func scopeOf(p plan.Plan, names parts.Names) parts.Scope {
	return parts.Scope{Names: names, PrimaryRegion: p.Regions.Primary, CustomFunctions: customFunctions(p), Keys: keys(p), Users: users(p), Sources: sources(p, names)}
}

// ownerOf the databases is an account; "" is the one that is deployed to.
func ownerOf(p plan.Plan) string {
	if p.Accounts == nil {
		return ""
	}
	return p.Accounts.Primary
}

// sources are the instances that live where their copies are made.
func sources(p plan.Plan, names parts.Names) (list []string) {
	if owner := ownerOf(p); names.Region != p.Regions.Primary || owner != "" && owner != names.Account {
		return nil
	}
	each(p, func(_ plan.Workload, d plan.Database) { list = append(list, names.ARN("rds", "db:"+d.Source)) })
	return list
}

// users log in with IAM tokens.
func users(p plan.Plan) (list []string) {
	each(p, func(_ plan.Workload, d plan.Database) {
		if d.Login == plan.LoginIAM && !slices.Contains(list, d.User) {
			list = append(list, d.User)
		}
	})
	return list
}

// keys are those of the recovery points.
func keys(p plan.Plan) (list []string) {
	each(p, func(_ plan.Workload, d plan.Database) {
		if key := d.Drill.KMSKey; key != "" && !slices.Contains(list, key) {
			list = append(list, key)
		}
	})
	return list
}

func schedules(p plan.Plan) []parts.Schedule {
	var list []parts.Schedule
	each(p, func(w plan.Workload, d plan.Database) {
		if d.Drill.Schedule != "" {
			list = append(list, parts.Schedule{Database: w.Name + "/" + d.Name, Expression: d.Drill.Schedule})
		}
	})
	return list
}

func watched(p plan.Plan) []parts.Watched {
	var list []parts.Watched
	each(p, func(w plan.Workload, d plan.Database) {
		list = append(list, parts.Watched{Workload: w.Name, Database: d.Name, RPOSeconds: w.Objectives.RPO.Seconds()})
	})
	return list
}

func customFunctions(p plan.Plan) []string {
	var list []string
	each(p, func(_ plan.Workload, d plan.Database) {
		if d.CustomCheck != nil && !slices.Contains(list, d.CustomCheck.Function) {
			list = append(list, d.CustomCheck.Function)
		}
	})
	return list
}

// each visits the databases that this deployment drills: those on AWS.
func each(p plan.Plan, visit func(plan.Workload, plan.Database)) {
	for _, w := range p.Workloads {
		for _, d := range w.Databases {
			if d.Kind == plan.KindRDSInstance {
				visit(w, d)
			}
		}
	}
}
