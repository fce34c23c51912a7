package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
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
