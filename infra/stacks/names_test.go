package stacks_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/infra/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// names that resources have in common: of one type, or of all stacks.
var physicalNames = map[string]string{
	"AWS::CloudWatch::CompositeAlarm": "AlarmName", "AWS::KMS::Alias": "AliasName", "AWS::SNS::Topic": "TopicName", "AWS::CloudWatch::Dashboard": "DashboardName", "AWS::Logs::LogGroup": "LogGroupName",
}

// No name that one deployment derives can be one that another derives: of every
// two names of a kind, the part by which one is longer is not what the plan
// accepts at the end of a deployment. Workloads are called as they please.
func TestNoNameIsAnotherDeploymentsToo(t *testing.T) {
	p := examplePlan(t)
	w := p.Workloads[0]
	for _, name := range []string{"drill-orders", "x-drill-orders", "backup-age-orders", "x-backup-age-orders", "drills-overdue-orders", "x-orphans", "Orphans", "FailureDirty"} {
		w.Name = name
		p.Workloads = append(p.Workloads, w)
	}
	yes := true
	p.Backup = &plan.Backup{Manage: &yes}
	single, err := synthesize(t, p, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	fleet, err := synthesize(t, p, false, func(p *stacks.Props) { p.PerDatabase = 1 })
	if err != nil {
		t.Fatal(err)
	}
	recovering := recoveryPlan(t)
	recovering.Backup = p.Backup
	recovery, err := synthesize(t, recovering, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(physicalNames, nameOf)
	ends := map[string]map[string]bool{"stack": {}}
	for _, a := range []assembly{single, fleet, recovery} {
		for stack := range a.texts {
			ends["stack"][strings.TrimPrefix(stack, "lifeboat-prod")] = true
		}
		for kind, property := range physicalNames {
			for _, r := range a.everywhere(kind) {
				name, _ := r.Properties[property].(string)
				if _, end, found := strings.Cut(name, "prod"); found {
					if ends[kind] == nil {
						ends[kind] = map[string]bool{}
					}
					ends[kind][end] = true
				}
			}
		}
	}
	tail := regexp.MustCompile(`^(-[a-z0-9]+)+$`) // that a deployment may have
	pairs := 0
	for kind, of := range ends {
		for longer := range of {
			for shorter := range of {
				between, is := strings.CutSuffix(longer, shorter)
				if !is || !tail.MatchString(between) {
					continue
				}
				pairs++
				other := recoveryPlan(t) // which has all names that a deployment can have
				other.Deployment = "prod" + between
				if len(other.Validate()) == 0 {
					t.Errorf("%s: the deployments prod and %s both have ...prod%s", kind, other.Deployment, longer)
				}
			}
		}
	}
	if text, _ := json.Marshal(ends["stack"]); pairs < 3 {
		t.Errorf("%d pairs, stacks %s: the test says nothing", pairs, text)
	}
}
