package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// RecoveryOutputsProps of NewRecoveryOutputs.
type RecoveryOutputsProps struct {
	Names     Names
	Alone     string // a workload that is recovered without others; "": there is none
	Endpoints bool   // a step announces where a database answers
}

// NewRecoveryOutputs prints how an exercise and a failover are started, and where the
// application finds what was recovered.
func NewRecoveryOutputs(scope constructs.Construct, p RecoveryOutputsProps) {
	scope = constructs.NewConstruct(scope, jsii.String("RecoveryOutputs"))
	output := func(name, value, description string) {
		made := awscdk.NewCfnOutput(scope, jsii.String(name), &awscdk.CfnOutputProps{Value: jsii.String(value), Description: jsii.String(description)})
		made.OverrideLogicalId(jsii.String(name))
	}
	names := p.Names
	start := func(input string) string {
		return "aws stepfunctions start-execution --region " + names.Region + " --state-machine-arn " + names.RecoveryMachineARN() + " --input '" + input + "'"
	}
	output("RecoveryMachine", names.RecoveryMachineARN(), "start a recovery here; the input {} starts an exercise, which makes throwaways only")
	output("RecoveryConsole", deployed.Console(names.Region)+"states/home?region="+names.Region+"#/statemachines/view/"+names.RecoveryMachineARN(), "the same in the console")
	output("StartAnExercise", start("{}"), "the same from a terminal")
	output("StartAFailover", start(`{"mode": "failover", "confirm": "`+names.Deployment+`"}`), "makes what the plan names as targets: for the disaster")
	alone, of := "", "all workloads"
	if p.Alone != "" {
		alone, of = p.Alone+" ", "one workload"
	}
	output("RecoverAndFollow", "bin/lifeboat recover "+alone+"--world aws --plan <your plan>", "an exercise of "+of+", followed to its end, which is the exit code")
	if p.Endpoints {
		output("EndpointParameters", names.EndpointParameter("<workload>", "<database>"), "where the application finds a recovered database: a parameter of SSM")
		output("EndpointSecrets", names.EndpointSecret("<workload>", "<database>"), "or a secret of Secrets Manager, where the plan says so")
	}
}
