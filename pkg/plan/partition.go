package plan

import (
	"slices"
	"strings"
)

// partitions are those apart from aws, by how the names of their regions begin.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
// https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
var partitions = []struct{ prefix, name string }{
	{"us-gov-", "aws-us-gov"},
	{"cn-", "aws-cn"},
	{"us-iso-", "aws-iso"},
	{"us-isob-", "aws-iso-b"},
	{"us-isof-", "aws-iso-f"},
	{"eu-isoe-", "aws-iso-e"},
	{"eusc-", "aws-eusc"},
}

// deployable are the partitions whose names, services and addresses lifeboat
// knows.
var deployable = []string{"aws", "aws-us-gov", "aws-cn"}

// Partition is the partition of a region, by its name. All ARNs of one carry it,
// and nothing reaches from one into another.
func Partition(region string) string {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p.name
		}
	}
	return "aws"
}

// partitions refuses regions that lifeboat cannot work in, or that cannot reach
// each other.
func (v *validator) partitions() {
	r := v.plan.Regions
	if r == nil {
		return
	}
	for _, region := range []struct{ path, name string }{{"regions.primary", r.Primary}, {"regions.recovery", r.Recovery}} {
		if p := Partition(region.name); !slices.Contains(deployable, p) {
			v.add(region.path, region.name+" is a region of the partition "+p, "lifeboat knows "+strings.Join(deployable, ", ")+", and would make up names that do not exist there", "name a region of one of these")
		}
	}
	if primary, recovery := Partition(r.Primary), Partition(r.Recovery); r.Primary != "" && r.Recovery != "" && primary != recovery {
		v.add("regions.recovery", r.Recovery+" is a region of the partition "+recovery+", "+r.Primary+" one of "+primary,
			"neither a copy nor a key reaches from one partition into another", "name a region of "+primary)
	}
}
