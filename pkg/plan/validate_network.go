package plan

import (
	"fmt"
	"regexp"
)

// ownNetwork refuses a network of the team's own for the copy. The function that
// puts the checks stands in the deployment's network and reaches no other, and
// the deployment's roles may make copies there only: such a drill would restore,
// and then wait for a login that cannot come.
func (v *validator) ownNetwork(path string, d Drill) {
	for _, field := range []struct {
		name string
		set  bool
	}{{"subnetGroup", d.SubnetGroup != ""}, {"securityGroups", len(d.SecurityGroups) > 0}} {
		if field.set {
			v.add(path+"."+field.name, field.name+" cannot be chosen", "the checks are put from the isolated network that the deployment makes, and reach no copy elsewhere",
				"leave it out; a customCheck can be put into that network, see docs/custom-checks.md, and regions.zones says in which zones it lies")
		}
	}
}

// minZones is what RDS asks of a DB subnet group.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
const (
	minZones = 2
	maxZones = 6
)

// zones are those of the copies' network, in the region of the drill.
func (v *validator) zones() {
	if v.plan.Regions == nil || v.plan.Regions.Zones == nil {
		return
	}
	region, zones := v.plan.DrillRegion(), v.plan.Regions.Zones
	if n := len(zones); n < minZones || n > maxZones {
		v.add("regions.zones", fmt.Sprintf("there are %d zones", n), "RDS wants subnets in two at least, and more than six hold nothing that six do not", "for instance zones: ["+region+"a, "+region+"b, "+region+"c]")
	}
	here := regexp.MustCompile("^" + regexp.QuoteMeta(region) + "[a-z]$")
	seen := map[string]bool{}
	for i, zone := range zones {
		at := fmt.Sprintf("regions.zones[%d]", i)
		v.unique(seen, at, "zone", zone)
		if zone != "" && !here.MatchString(zone) {
			v.add(at, fmt.Sprintf("%q is no zone of %s", zone, region), "copies are made there", "for instance "+region+"a")
		}
	}
}
