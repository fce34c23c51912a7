package stacks_test

import (
	"fmt"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
)

// From any choice of zones to any other: what CloudFormation must replace gets
// another logical id, or has nothing that its successor, made before it goes,
// would also need. A subnet cannot change its zone or its range, an association
// not its subnet, and a subnet has one association.
func TestZonesCanBeChanged(t *testing.T) {
	choices := map[string][]string{
		"none": nil, "ab": {"a", "b"}, "ba": {"b", "a"}, "bc": {"b", "c"}, "abc": {"a", "b", "c"}, "cab": {"c", "a", "b"}, "af": {"a", "f"},
	}
	made := map[string]cfn.Template{}
	for name, letters := range choices {
		p := examplePlan(t)
		for _, letter := range letters {
			p.Regions.Zones = append(p.Regions.Zones, home+letter)
		}
		a, err := synthesize(t, p, name == "ab", nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.findings) > 0 {
			t.Error(a.findings)
		}
		if want := max(len(letters), 2); len(a.recovery.Of("AWS::EC2::Subnet")) < want {
			t.Errorf("%s: fewer than %d subnets", name, want)
		}
		made[name] = a.recovery
	}
	for from, before := range made {
		for to, after := range made {
			ranges := map[string]string{} // that stand while the new ones are made
			for _, id := range before.Of("AWS::EC2::Subnet") {
				ranges[fmt.Sprint(before.Resources[id].Properties["CidrBlock"])] = id
			}
			for _, id := range after.Of("AWS::EC2::Subnet") {
				is := after.Resources[id].Properties
				was := before.Resources[id].Properties
				if was != nil && (fmt.Sprint(was["AvailabilityZone"]) != fmt.Sprint(is["AvailabilityZone"]) || was["CidrBlock"] != is["CidrBlock"]) {
					t.Errorf("%s to %s: %s would be replaced under its own id", from, to, id)
				}
				if other, stands := ranges[fmt.Sprint(is["CidrBlock"])]; stands && other != id {
					t.Errorf("%s to %s: %s wants the range of %s", from, to, id, other)
				}
			}
			for _, id := range after.Of("AWS::EC2::SubnetRouteTableAssociation") {
				is, was := after.Resources[id].Properties, before.Resources[id].Properties
				if was != nil && fmt.Sprint(was) != fmt.Sprint(is) {
					t.Errorf("%s to %s: %s would be replaced under its own id", from, to, id)
				}
			}
		}
	}
}
