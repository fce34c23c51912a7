package slice

import (
	"cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// placeFor is what every kind on AWS has. It refuses a copy without security
// groups where the kind lives in a network: AWS would give it the default one
// of the VPC, which may let others in. Errors: InvalidInput.
func placeFor(p plan.Plan, w plan.Workload, d plan.Database, places Places) (drill.Place, error) {
	place := drill.Place{KMSKey: d.Drill.KMSKey, Tags: p.TagsOf(d)}
	if p.Regions != nil {
		place.PrimaryRegion, place.RecoveryRegion = p.Regions.Primary, p.Regions.Recovery
	}
	if p.Accounts != nil {
		place.PrimaryAccount, place.RecoveryAccount = p.Accounts.Primary, p.Accounts.Recovery
	}
	if !plan.KindOf(d.Kind).InNetwork {
		return place, nil
	}
	place.SubnetGroup = cmp.Or(places.SubnetGroup, deployed.Names{Deployment: p.Deployment}.SubnetGroup())
	place.SecurityGroups = places.SecurityGroups
	if len(place.SecurityGroups) == 0 {
		return drill.Place{}, &drill.Error{
			Name: drill.InvalidInput, What: w.Name + "/" + d.Name + ": no security group isolates the copy: this place has none",
			Hint: "a database of kind " + d.Kind + " is drilled where lifeboat is deployed on AWS",
		}
	}
	return place, nil
}
