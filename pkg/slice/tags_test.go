package slice_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	tags "github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
)

func TestTagsOfACopyAreThePlansAndItsDatabases(t *testing.T) {
	p, places := samplePlan(), slice.Places{SecurityGroups: []string{"sg-1"}}
	p.Tags = map[string]string{"CostCenter": "4711", "Team": "payments"}
	p.Workloads[0].Databases[1].Drill.Tags = map[string]string{"CostCenter": "4712"}
	spec, err := slice.SpecFor(p, "orders/cloud", places)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"CostCenter": "4712", "Team": "payments"}, spec.Place.Tags); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	local, err := slice.SpecFor(p, "orders/local", places)
	if err != nil || local.Place.Tags != nil {
		t.Errorf("on this machine nothing is tagged: %v, %v", local.Place.Tags, err)
	}
}

// What lifeboat tags with is neither the plan's to give nor more than it leaves
// room for.
func TestThePlanLeavesRoomForOurTags(t *testing.T) {
	if plan.MaxTags+len(tags.CopyTags) > 50 {
		t.Errorf("%d tags of the plan and %d of ours are more than the 50 that AWS takes", plan.MaxTags, len(tags.CopyTags))
	}
	for _, key := range tags.CopyTags {
		p := samplePlan()
		p.Tags = map[string]string{key: "x"}
		refused := false
		for _, problem := range p.Validate() {
			refused = refused || problem.Path == "tags."+key && strings.Contains(problem.What, "has the prefix")
		}
		if !refused {
			t.Errorf("a plan may have %s", key)
		}
	}
}
