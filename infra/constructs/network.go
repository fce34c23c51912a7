package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsrds"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Network is where restored copies live: isolated subnets without any way out.
type Network struct {
	VPC       awsec2.Vpc
	Subnets   *awsec2.SubnetSelection
	Copies    awsec2.SecurityGroup // of restored copies
	Validator awsec2.SecurityGroup // of the one function that talks to them
	Group     awsrds.CfnDBSubnetGroup
}

// Ports of the engines that can be drilled.
var enginePorts = []float64{5432, 3306}

// NewNetwork makes a VPC with two zones and no internet gateway. Only the
// validating function is inside; it reaches the copies, DynamoDB by a gateway
// endpoint (free), and the services it needs by interface endpoints.
func NewNetwork(scope constructs.Construct, names Names, key awskms.IKey) Network {
	vpc := awsec2.NewVpc(scope, jsii.String("Network"), &awsec2.VpcProps{
		VpcName: jsii.String(names.Prefix()), AvailabilityZones: zones(2), NatGateways: jsii.Number(0), CreateInternetGateway: jsii.Bool(false),
		RestrictDefaultSecurityGroup: jsii.Bool(false), // takes a custom resource; the default group has no rule that matters here
		SubnetConfiguration: &[]*awsec2.SubnetConfiguration{{
			Name: jsii.String("isolated"), SubnetType: awsec2.SubnetType_PRIVATE_ISOLATED, CidrMask: jsii.Number(24),
		}},
		FlowLogs: &map[string]*awsec2.FlowLogOptions{"Flow": {
			TrafficType: awsec2.FlowLogTrafficType_REJECT,
			Destination: awsec2.FlowLogDestination_ToCloudWatchLogs(NewLog(scope, "FlowLog", "/lifeboat/"+names.Deployment+"/network", key), nil),
		}},
	})
	accept(vpc, aboutRoles, accepted{
		"NIST.800.53.R5-VPCDefaultSecurityGroupClosed": "Nothing uses the default group, and the network has no way in or out; closing it takes a function of the CDK's with more permissions than all of ours.",
	})
	subnets := &awsec2.SubnetSelection{SubnetType: awsec2.SubnetType_PRIVATE_ISOLATED}
	copies := group(scope, "Copies", vpc, "restored copies: no way out, in from the validator only")
	validator := group(scope, "Validator", vpc, "the validating function")
	for _, port := range enginePorts {
		copies.AddIngressRule(validator, awsec2.Port_Tcp(jsii.Number(port)), jsii.String("checks"), nil)
		validator.AddEgressRule(copies, awsec2.Port_Tcp(jsii.Number(port)), jsii.String("checks"), nil)
	}
	vpc.AddGatewayEndpoint(jsii.String("DynamoDB"), &awsec2.GatewayVpcEndpointOptions{Service: awsec2.GatewayVpcEndpointAwsService_DYNAMODB()})
	// The gateway endpoint has public addresses; there is no route to any other.
	validator.AddEgressRule(awsec2.Peer_AnyIpv4(), awsec2.Port_Tcp(jsii.Number(443)), jsii.String("DynamoDB by its gateway endpoint"), nil)
	for _, endpoint := range []struct {
		name    string
		service awsec2.IInterfaceVpcEndpointService
	}{
		{"RDS", awsec2.InterfaceVpcEndpointAwsService_RDS()},
		{"SecretsManager", awsec2.InterfaceVpcEndpointAwsService_SECRETS_MANAGER()},
	} {
		name := endpoint.name
		inside := group(scope, name+"Endpoint", vpc, "endpoint of "+name)
		inside.AddIngressRule(validator, awsec2.Port_Tcp(jsii.Number(443)), jsii.String("the validating function"), nil)
		validator.AddEgressRule(inside, awsec2.Port_Tcp(jsii.Number(443)), jsii.String(name), nil)
		vpc.AddInterfaceEndpoint(jsii.String(name), &awsec2.InterfaceVpcEndpointOptions{
			Service: endpoint.service, Subnets: subnets, SecurityGroups: &[]awsec2.ISecurityGroup{inside}, Open: jsii.Bool(false),
		})
	}
	var ids []any
	for _, subnet := range *vpc.SelectSubnets(subnets).SubnetIds {
		ids = append(ids, subnet)
	}
	return Network{vpc, subnets, copies, validator, awsrds.NewCfnDBSubnetGroup(scope, jsii.String("SubnetGroup"), &awsrds.CfnDBSubnetGroupProps{
		DbSubnetGroupName: jsii.String(names.SubnetGroup()), DbSubnetGroupDescription: jsii.String("restored copies of lifeboat " + names.Deployment), SubnetIds: &ids,
	})}
}

// zones are the first of the region, as CloudFormation knows them: the CDK's own
// lookup would need an account.
func zones(n int) *[]*string {
	var list []*string
	for i := range n {
		list = append(list, awscdk.Fn_Select(jsii.Number(i), awscdk.Fn_GetAzs(nil)))
	}
	return &list
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
