package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// recoveryFunctions are those of the machines recovery and recovery-step, and what
// people decide by. None of them may touch a database: what does so assumes the role
// of the mode first (see NewModeRoles).
var recoveryFunctions = []function{
	{deployed.PrepareRecovery, 60, 256, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.recoveryRecord(), s.readRecord(), s.recoveryExecutions())
	}},
	{deployed.StartReady, 120, 256, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.recoveryRecord(), s.readRecord(), s.recoveryExecutions(), s.listSteps(), s.startSteps(), s.startRecovery(), s.tokens())
	}},
	{deployed.AwaitEnd, 30, 128, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.recoveryRecord(), s.readRecord(), s.tokens())
	}},
	{deployed.RemoveThrowaways, 120, 128, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.recoveryRecord(), s.readRecord(), s.actAs(s.Names.ExerciseRole()))
	}},
	{deployed.ReportRecovery, 90, 256, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.recoveryRecord(), s.readRecord(), s.recorded(), s.evidence(), s.metrics())
	}},

	{deployed.ClaimStep, 30, 128, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.recoveryRecord(), s.readRecord())
	}},
	{deployed.RunStep, 240, 256, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.recoveryRecord(), s.readRecord(), s.actAs(s.Names.ExerciseRole(), s.Names.FailoverRole()))
	}},
	{deployed.QueryCopy, 890, 512, true, false, func(s Scope, k kindPermissions) []Statement {
		return all(k.readPassword, with(s.network()), k.logIn)
	}},
	{deployed.QueryRecovered, 890, 512, false, false, func(s Scope, k kindPermissions) []Statement {
		return all(k.readRecovered, with(s.network()), k.logIn)
	}},
	{deployed.ReleaseStep, 60, 128, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.recoveryRecord(), s.readRecord(), s.startSteps(), s.tokens())
	}},
	{deployed.DecideStep, 60, 128, false, false, func(s Scope, _ kindPermissions) []Statement {
		return with(s.recoveryRecord(), s.readRecord(), s.startSteps(), s.tokens())
	}},
}

// besideDrills is what the functions that every deployment has may as well where the
// plan declares a recovery, and what they may never: touch what was recovered.
var besideDrills = map[string]func(s Scope) []Statement{
	deployed.StartRestore: func(s Scope) []Statement { return with(s.leaveRecovered()) },
	deployed.PrepareLogin: func(s Scope) []Statement { return with(s.leaveRecovered()) },
	deployed.Cleanup:      func(s Scope) []Statement { return with(s.leaveRecovered()) },
	deployed.Sweeper: func(s Scope) []Statement {
		return with(s.readRecord(), s.recoveryExecutions(), s.leaveRecovered())
	},
	deployed.EventListener: func(s Scope) []Statement {
		return with(s.recoveryRecord(), s.startRecovery(), s.recoveryExecutions())
	},
	deployed.Notifier: func(s Scope) []Statement {
		return with(s.recoveryExecutions(), s.lookBackAtRecoveries())
	},
}

// into puts a function into the team's own network: one more function there, and
// nothing of that network is lifeboat's. How it gets to DynamoDB and Secrets Manager
// from there the team sees to: docs/recovery.md.
func into(fn awslambda.Function, network plan.RecoveryNetwork) {
	made := fn.Node().DefaultChild().(awslambda.CfnFunction)
	made.AddPropertyOverride(jsii.String("VpcConfig"), map[string]any{"SubnetIds": network.Subnets, "SecurityGroupIds": network.SecurityGroups})
}
