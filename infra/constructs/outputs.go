package constructs

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// NewOutputs prints what an operator needs after a deployment: where drills are
// started, where evidence lies, and what the owner of each key must add to its
// policy.
func NewOutputs(scope constructs.Construct, names Names, machine awsstepfunctions.StateMachine, network Network, keys plan.RecoveryKeys) {
	output := func(name, value, description string) {
		awscdk.NewCfnOutput(scope, jsii.String(name), &awscdk.CfnOutputProps{Value: jsii.String(value), Description: jsii.String(description)})
	}
	output("DrillMachine", *machine.StateMachineArn(), "start a drill here, with the input {} or {\"database\": \"workload/database\"}")
	output("Console", deployed.Console(names.Region)+"states/home?region="+names.Region+"#/statemachines/view/"+names.MachineARN(), "the same in the console")
	output("EvidenceLocation", "s3://"+names.Bucket()+"/evidence/", "one JSON document per run")
	var inside []string
	for _, subnet := range *network.Inside.Subnets {
		inside = append(inside, *subnet.SubnetId())
	}
	output("CustomCheckSubnets", strings.Join(inside, ","), "where a function of your own reaches the copies: docs/custom-checks.md")
	output("CustomCheckSecurityGroup", *network.Guests.SecurityGroupId(), "the security group of such a function")
	if keys.Named() {
		output("KeyPolicyStatement", keyPolicyStatement(names), "what the owner must add to the policy of every key of the recovery points")
	}
}

// keyPolicyStatement lets RDS open recovery points for the role that restores:
// a key's own policy must allow what a role's policy allows.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html
func keyPolicyStatement(names Names) string {
	return statement(map[string]any{
		"Sid": "LifeboatRestores", "Effect": "Allow", "Action": []string{"kms:DescribeKey", "kms:Decrypt", "kms:CreateGrant"}, "Resource": "*",
		"Principal": map[string]any{"AWS": names.AnyARN("iam", "", names.Account, "role/"+names.Function("start-restore"))},
	})
}
