package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/monitor"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
)

// sweepMinutes is how often copies that outlived their execution are looked for.
const sweepMinutes = 30

// NewRounds runs the sweeper, the notifier, the monitors, the preflight, and the
// dispatcher, of those that there are; and where the plan declares recoveries the
// listener, for those that no event told of.
func NewRounds(scope constructs.Construct, names Names, functions Functions, undelivered awssqs.IQueue, recovers bool) {
	scope = constructs.NewConstruct(scope, jsii.String("Rounds"))
	every := func(minutes float64) awsevents.Schedule {
		return awsevents.Schedule_Rate(awscdk.Duration_Minutes(jsii.Number(minutes)))
	}
	for _, round := range []struct {
		name, description, function string
		schedule                    awsevents.Schedule
	}{
		{"sweeping", "copies that outlived their execution are removed", deployed.Sweeper, every(sweepMinutes)},
		{"notifying", "endings of drills that nobody was told of", deployed.Notifier, every(rounds.NotifyEvery.Minutes())},
		{"monitoring", "how fresh the backups are", deployed.BackupMonitor, every(monitor.Period.Minutes())},
		{"protecting", "how databases are really backed up", deployed.ProtectionMonitor, every(protection.Period.Minutes())},
		{"preflight", "what would have a restore refused", deployed.Preflight, awsevents.Schedule_Expression(jsii.String(rounds.PreflightSchedule))},
		{"dispatching", "drills that are due are started", deployed.Dispatcher, every(1)},
		{"resuming", "recoveries that are not over and that nothing works on are gone on with", deployed.EventListener, every(rounds.ResumeEvery.Minutes())},
	} {
		function, there := functions[round.function]
		if !there || round.function == deployed.EventListener && !recovers {
			continue
		}
		awsevents.NewRule(scope, jsii.String(id(round.name)), &awsevents.RuleProps{
			RuleName: jsii.String(names.Prefix() + "-" + round.name), Description: jsii.String(round.description),
			Schedule: round.schedule,
			Targets: &[]awsevents.IRuleTarget{awseventstargets.NewLambdaFunction(function, &awseventstargets.LambdaFunctionProps{
				DeadLetterQueue: undelivered, RetryAttempts: jsii.Number(2), Event: awsevents.RuleTargetInput_FromObject(map[string]any{}),
			})},
		})
	}
}

// eventRule sends events that match to a function.
type eventRule struct {
	name, description string
	function          awslambda.IFunction
	pattern           *awsevents.EventPattern
}

// NewEvents sends to the listener what RDS, AWS Backup and Step Functions say, and
// to the notifier how executions ended badly. Events are best effort: a lost one
// costs the drill one look; for runs that were cut off the sweeper looks as well,
// and for endings that nobody was told of the notifier's rounds.
func NewEvents(scope constructs.Construct, names Names, functions Functions, undelivered awssqs.IQueue, recovers bool) {
	scope = constructs.NewConstruct(scope, jsii.String("Events"))
	listener, notifier := functions[deployed.EventListener], functions[deployed.Notifier]
	cutOff := []any{names.MachineARN()}
	if recovers {
		cutOff = append(cutOff, names.RecoveryMachineARN())
	}
	bad := []any{"ABORTED", "TIMED_OUT", "FAILED"}
	rules := []eventRule{
		{"Copies", "restored copies: wake the drill that waits", listener, &awsevents.EventPattern{
			Source: jsii.Strings("aws.rds"), DetailType: jsii.Strings("RDS DB Instance Event"),
			Detail: &map[string]any{"SourceIdentifier": []any{map[string]any{"prefix": names.Prefix() + "-"}}},
		}},
		{"RestoreJobs", "AWS Backup's restore jobs: wake the drill that waits", listener, &awsevents.EventPattern{
			Source: jsii.Strings("aws.backup"), DetailType: jsii.Strings("Restore Job State Change"),
			Detail: &map[string]any{"status": []any{"COMPLETED", "FAILED", "ABORTED"}},
		}},
		{"CutOff", "executions that ended past all clean-up: clean up after them", listener, &awsevents.EventPattern{
			Source: jsii.Strings("aws.states"), DetailType: jsii.Strings("Step Functions Execution Status Change"), Detail: &map[string]any{"stateMachineArn": cutOff, "status": bad},
		}},
		{"Endings", "executions that ended badly: people are told", notifier, &awsevents.EventPattern{
			Source: jsii.Strings("aws.states"), DetailType: jsii.Strings("Step Functions Execution Status Change"), Detail: &map[string]any{"stateMachineArn": []any{names.MachineARN()}, "status": bad},
		}},
	}
	if recovers {
		// Also what went well: a step that fails leaves its execution succeeded, and of a
		// failover people are told in any case.
		rules = append(rules, eventRule{"Recoveries", "recoveries and their steps that ended: people are told where they must decide, or it is over", notifier, &awsevents.EventPattern{
			Source: jsii.Strings("aws.states"), DetailType: jsii.Strings("Step Functions Execution Status Change"),
			Detail: &map[string]any{"stateMachineArn": []any{names.RecoveryMachineARN(), names.RecoveryStepMachineARN()}, "status": append([]any{"SUCCEEDED"}, bad...)},
		}})
	}
	for _, rule := range rules {
		awsevents.NewRule(scope, jsii.String(rule.name), &awsevents.RuleProps{
			RuleName: jsii.String(names.Prefix() + "-" + rule.name), Description: jsii.String(rule.description), EventPattern: rule.pattern,
			Targets: &[]awsevents.IRuleTarget{awseventstargets.NewLambdaFunction(rule.function, &awseventstargets.LambdaFunctionProps{
				DeadLetterQueue: undelivered, RetryAttempts: jsii.Number(5),
			})},
		})
	}
}
