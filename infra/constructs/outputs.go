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

// OutputsProps of NewOutputs.
type OutputsProps struct {
	Names   Names
	Machine awsstepfunctions.StateMachine
	Network Network
	Keys    plan.RecoveryKeys
	// Databases are "workload/database", as a drill is asked for.
	Databases []string
}

// NewOutputs prints what an operator needs after a deployment: how a drill is
// started, where evidence lies, who is told, where the copies live, and what the
// owner of each key must add to its policy.
func NewOutputs(scope constructs.Construct, p OutputsProps) {
	names := p.Names
	scope = constructs.NewConstruct(scope, jsii.String("Outputs")) // a network and a dashboard are there already
	output := func(name, value, description string) {
		made := awscdk.NewCfnOutput(scope, jsii.String(name), &awscdk.CfnOutputProps{Value: jsii.String(value), Description: jsii.String(description)})
		made.OverrideLogicalId(jsii.String(name))
	}
	output("DrillMachine", *p.Machine.StateMachineArn(), "start a drill here, with the input {} or {\"database\": \"workload/database\"}")
	output("Console", deployed.Console(names.Region)+"states/home?region="+names.Region+"#/statemachines/view/"+names.MachineARN(), "the same in the console")
	output("StartADrill", startLine(p), "the same from a terminal")
	output("StartAndFollow", "bin/lifeboat drill --world aws --plan <your plan> "+p.Databases[0], "the same, followed to its end, which is the exit code")
	output("EvidenceLocation", "s3://"+names.Bucket()+"/evidence/", "one JSON document per run")
	output("Dashboard", names.DashboardConsole(), "objectives, drills and alarms")
	output("PagesTopic", names.PagesARN(), "what wakes somebody; every address of notify has to confirm a mail of AWS first")
	output("TicketsTopic", names.TicketsARN(), "what is read in the morning; every address has to confirm here as well")
	output("Unconfirmed", subscriptionsLine(names), "subscriptions wait for a click in a mail: this tells who has not confirmed and hears of nothing, PendingConfirmation; so does make doctor")
	output("Network", *p.Network.VPC.VpcId(), "where the copies live; nothing leads in or out")
	output("CopiesSubnetGroup", names.SubnetGroup(), "the DB subnet group of the copies")
	output("CopiesSecurityGroup", *p.Network.Copies.SecurityGroupId(), "the security group of the copies")
	var inside []string
	for _, subnet := range *p.Network.Inside.Subnets {
		inside = append(inside, *subnet.SubnetId())
	}
	output("CustomCheckSubnets", strings.Join(inside, ","), "where a function of your own reaches the copies: docs/custom-checks.md")
	output("CustomCheckSecurityGroup", *p.Network.Guests.SecurityGroupId(), "the security group of such a function")
	if p.Keys.Named() {
		output("KeyPolicyStatement", keyPolicyStatement(names), "what the owner must add to the policy of every key of the recovery points")
	}
}

// subscriptionsLine lists who is told of anything, by both topics.
func subscriptionsLine(names Names) string {
	return "aws sns list-subscriptions --region " + names.Region + " --output text --query \"Subscriptions[?TopicArn=='" + names.PagesARN() + "' || TopicArn=='" + names.TicketsARN() + "'].[TopicArn, Endpoint, SubscriptionArn]\""
}

// startLine starts a drill of the first database: as it stands, it can be typed.
func startLine(p OutputsProps) string {
	input := "{}"
	if len(p.Databases) > 1 {
		input = `{"database": "` + p.Databases[0] + `"}`
	}
	return "aws stepfunctions start-execution --region " + p.Names.Region + " --state-machine-arn " + p.Names.MachineARN() + " --input '" + input + "'"
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
