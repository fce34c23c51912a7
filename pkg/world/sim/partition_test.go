package sim_test

import (
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// In another partition the backup is found and drilled, and every ARN that is
// named on the way is of that partition.
func TestOtherPartitions(t *testing.T) {
	for partition, regions := range map[string]plan.Regions{
		"aws-us-gov": {Primary: "us-gov-west-1", Recovery: "us-gov-east-1"},
		"aws-cn":     {Primary: "cn-north-1", Recovery: "cn-northwest-1"},
	} {
		t.Run(partition, func(t *testing.T) {
			p := examplePlan(t)
			p.Regions = &regions
			r := rehearse(t, sim.Options{Plan: p, Exchange: func(e simaws.Exchange) {
				for _, arn := range e.Resources {
					if strings.HasPrefix(arn, "arn:") && !strings.HasPrefix(arn, "arn:"+partition+":") {
						t.Errorf("%s:%s of %s", e.Service, e.Operation, arn)
					}
				}
			}})
			if r.Ending != drill.Passed {
				t.Errorf("%s: %s", r.Ending, r.Cause)
			}
		})
	}
}
