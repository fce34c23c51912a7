package constructs

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsrds"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// Network is where restored copies live: isolated subnets without any way out.
type Network struct {
	VPC awsec2.Vpc
	// Inside are the subnets of functions that talk to copies, and of the
	// endpoints that these need. Copies have more: see zones.
	Inside    *awsec2.SubnetSelection
	Copies    awsec2.SecurityGroup // of restored copies
	Validator awsec2.SecurityGroup // of the one function of ours that talks to them
	// Guests are the teams' own functions that talk to copies: customCheck.
	Guests awsec2.SecurityGroup
}

// NewNetwork makes a VPC without an internet gateway. Only the validating
// function is inside, and the teams' own where they put them; they reach the
// copies, DynamoDB by a gateway endpoint (free), and the service they need by
// an interface endpoint; see endpoints.go for what passes these.
func NewNetwork(scope constructs.Construct, names Names, key awskms.IKey, planned []string) Network {
	zones := zones(names.Region, planned)
	props := &awsec2.VpcProps{
		VpcName: jsii.String(names.Prefix()), AvailabilityZones: &zones, NatGateways: jsii.Number(0), CreateInternetGateway: jsii.Bool(false),
		RestrictDefaultSecurityGroup: jsii.Bool(false), // takes a custom resource; the default group has no rule that matters here
		SubnetConfiguration: &[]*awsec2.SubnetConfiguration{{
			Name: jsii.String("isolated"), SubnetType: awsec2.SubnetType_PRIVATE_ISOLATED, CidrMask: jsii.Number(24),
		}},
		FlowLogs: &map[string]*awsec2.FlowLogOptions{"Flow": {
			TrafficType: awsec2.FlowLogTrafficType_REJECT,
			Destination: awsec2.FlowLogDestination_ToCloudWatchLogs(NewLog(scope, "FlowLog", "/lifeboat/"+names.Deployment+"/network", key), nil),
		}},
	}
	if len(planned) > 0 {
		props.SubnetConfiguration = &[]*awsec2.SubnetConfiguration{}
	}
	vpc := awsec2.NewVpc(scope, jsii.String("Network"), props)
	trustFlowLogs(names, vpc)
	accept(vpc, aboutRoles, accepted{
		"NIST.800.53.R5-VPCDefaultSecurityGroupClosed": "Nothing uses the default group, and the network has no way in or out; closing it takes a function of the CDK's with more permissions than all of ours.",
	})
	subnets := *vpc.IsolatedSubnets()
	for _, zone := range planned {
		subnets = append(subnets, subnetOf(vpc, zone))
	}
	first := subnets[:endpointZones]
	inside := &awsec2.SubnetSelection{Subnets: &first}
	copies := group(scope, "Copies", vpc, "restored copies: no way out, in from what checks them only")
	validator := group(scope, "Validator", vpc, "the validating function")
	guests := group(scope, "CustomChecks", vpc, "functions of the teams own that check copies")
	checking := []awsec2.SecurityGroup{validator, guests}
	for _, port := range slices.Compact(slices.Sorted(maps.Values(deployed.Ports))) {
		for _, from := range checking {
			copies.AddIngressRule(from, awsec2.Port_Tcp(jsii.Number(port)), jsii.String("checks"), nil)
			from.AddEgressRule(copies, awsec2.Port_Tcp(jsii.Number(port)), jsii.String("checks"), nil)
		}
	}
	limit(names, vpc.AddGatewayEndpoint(jsii.String("DynamoDB"), &awsec2.GatewayVpcEndpointOptions{
		Service: awsec2.GatewayVpcEndpointAwsService_DYNAMODB(), Subnets: &[]*awsec2.SubnetSelection{{Subnets: &subnets}},
	}), throughDynamoDB(names))
	// The gateway endpoint has public addresses; there is no route to any other.
	validator.AddEgressRule(awsec2.Peer_AnyIpv4(), awsec2.Port_Tcp(jsii.Number(443)), jsii.String("DynamoDB by its gateway endpoint"), nil)
	for _, endpoint := range []struct {
		name    string
		service awsec2.IInterfaceVpcEndpointService
		through []Statement
	}{
		{"SecretsManager", awsec2.InterfaceVpcEndpointAwsService_SECRETS_MANAGER(), throughSecretsManager(names)},
	} {
		name := endpoint.name
		door := group(scope, name+"Endpoint", vpc, "endpoint of "+name)
		for _, from := range checking {
			door.AddIngressRule(from, awsec2.Port_Tcp(jsii.Number(443)), jsii.String("what checks copies"), nil)
			from.AddEgressRule(door, awsec2.Port_Tcp(jsii.Number(443)), jsii.String(name), nil)
		}
		limit(names, vpc.AddInterfaceEndpoint(jsii.String(name), &awsec2.InterfaceVpcEndpointOptions{
			Service: endpoint.service, Subnets: inside, SecurityGroups: &[]awsec2.ISecurityGroup{door}, Open: jsii.Bool(false),
		}), endpoint.through)
	}
	var ids []any
	for _, subnet := range subnets {
		ids = append(ids, subnet.SubnetId())
	}
	awsrds.NewCfnDBSubnetGroup(scope, jsii.String("SubnetGroup"), &awsrds.CfnDBSubnetGroupProps{
		DbSubnetGroupName: jsii.String(names.SubnetGroup()), DbSubnetGroupDescription: jsii.String("restored copies of lifeboat " + names.Deployment), SubnetIds: &ids,
	})
	return Network{VPC: vpc, Inside: inside, Copies: copies, Validator: validator, Guests: guests}
}

// trustFlowLogs cuts the role of the flow log to flow logs of this account and
// region; the id of the log is nobody's to choose. The role stays the CDK's: with
// another one CloudFormation would replace the log, making the second before it
// deletes the first, and EC2 takes no two alike.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func trustFlowLogs(names Names, vpc awsec2.Vpc) {
	role := vpc.Node().FindChild(jsii.String("Flow")).Node().FindChild(jsii.String("IAMRole"))
	role.Node().DefaultChild().(awsiam.CfnRole).AddPropertyOverride(jsii.String("AssumeRolePolicyDocument.Statement.0.Condition"), sourceIs(names, names.ARN("ec2", "vpc-flow-log/*")))
}

func group(scope constructs.Construct, name string, vpc awsec2.IVpc, description string) awsec2.SecurityGroup {
	return awsec2.NewSecurityGroup(scope, jsii.String(name), &awsec2.SecurityGroupProps{
		Vpc: vpc, Description: jsii.String(description), AllowAllOutbound: jsii.Bool(false), DisableInlineRules: jsii.Bool(true),
	})
}

// NewLog is a log group with an end.
func NewLog(scope constructs.Construct, name, path string, key awskms.IKey) awslogs.LogGroup {
	return awslogs.NewLogGroup(scope, jsii.String(name), &awslogs.LogGroupProps{
		LogGroupName: jsii.String(path), Retention: awslogs.RetentionDays_THREE_MONTHS, EncryptionKey: key,
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY, // what must stay is evidence
	})
}
