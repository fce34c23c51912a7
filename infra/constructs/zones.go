package constructs

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/jsii-runtime-go"
)

// Copies get three zones, so that a class which one of them lacks, or has none
// free of, is found in another. What is paid for by the zone and hour, the
// interface endpoints, and the function that uses them lie in the first two.
const (
	copyZones     = 3
	endpointZones = 2
)

// twoZones are the regions where an account may have no third one.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
var twoZones = map[string]bool{"us-west-1": true}

// zones are those of the plan, else the first of the region, as CloudFormation
// knows them: the CDK's own lookup would need an account. Not every zone has
// every instance class and endpoint service, and which is an account's "a" is
// its own matter: then the plan names them.
func zones(region string, planned []string) []*string {
	if len(planned) > 0 {
		return *jsii.Strings(planned...)
	}
	n := copyZones
	if twoZones[region] {
		n = 2
	}
	var list []*string
	for i := range n {
		list = append(list, awscdk.Fn_Select(jsii.Number(i), awscdk.Fn_GetAzs(nil)))
	}
	return list
}

// firstOfNamed is the third octet of the subnet of a named zone "a". Those of
// zones that nobody named are counted from 0.
const firstOfNamed = 128

// subnetOf a zone that the plan names. Its logical id and its range follow from
// the zone and not from its place in the plan: a subnet cannot change its zone,
// and the one that takes its place is made while it still has its range.
func subnetOf(vpc awsec2.Vpc, zone string) awsec2.ISubnet {
	letter := zone[len(zone)-1]
	return awsec2.NewPrivateSubnet(vpc, jsii.String("isolatedSubnetIn"+string(letter-'a'+'A')), &awsec2.PrivateSubnetProps{
		VpcId: vpc.VpcId(), AvailabilityZone: jsii.String(zone), MapPublicIpOnLaunch: jsii.Bool(false),
		CidrBlock: jsii.String(fmt.Sprintf("10.0.%d.0/24", firstOfNamed+int(letter-'a'))),
	})
}
