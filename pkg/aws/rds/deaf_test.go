package rds_test

import (
	"context"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// For an operator's error both regions are asked. That the owner's denies itself
// or does not answer takes nothing from the backup beside the copy, and is said.
func TestAnOperatorsErrorWhereTheOwnersRegionCannotBeAsked(t *testing.T) {
	tests := map[string]struct {
		reason string
		fault  simaws.Fault
		alone  bool // nothing lies in the recovery region
		want   drill.ErrorName
	}{
		"denied":            {"by a policy of the organisation", simaws.Fault{On: "rds:DescribeDBInstances", Error: "AccessDenied", Status: 403}, false, ""},
		"deaf":              {"every attempt waits in vain", simaws.Fault{On: "rds:DescribeDBInstances", Times: 3}, false, ""},
		"snapshots denied":  {"half an answer is none", simaws.Fault{On: "rds:DescribeDBSnapshots", Error: "AccessDenied", Status: 403, Skip: 3}, false, ""},
		"denied, and alone": {"nothing can be restored", simaws.Fault{On: "rds:DescribeDBInstances", Error: "AccessDenied", Status: 403}, true, drill.NoUsableBackup},
		"deaf, and alone":   {"the machine asks again", simaws.Fault{On: "rds:DescribeDBInstances", Times: 3}, true, drill.Transient},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, simrds.Behaviour{}, tc.fault)
			spec := s.spec
			spec.Scenario = plan.ScenarioOperatorError
			if tc.alone {
				spec.RDS = &drill.RDSSource{Instance: "alone"}
				s.rds.AddInstance(account, home, simrds.Instance{Identifier: "alone", Engine: "postgres", EngineVersion: "16.4", RetentionDays: 7})
			}
			points, err := s.RecoveryPoints(context.Background(), spec)
			if drill.NameOf(err) != tc.want {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if unused := s.cloud.UnusedFaults(); len(unused) > 0 {
				t.Errorf("%s: %v", tc.reason, unused)
			}
			if tc.want != "" {
				return
			}
			choice := drill.Choose(points)
			if choice.Point == nil || choice.Point.Origin != drill.OriginReplicated || choice.Counts.PassedOver != 0 || choice.Counts.Seen != 2 {
				t.Errorf("%s: %+v, %+v", tc.reason, choice.Point, choice.Counts)
			}
			if len(choice.Findings) != 1 || choice.Findings[0].Code != "RegionUnknown" || choice.Findings[0].Severity != drill.Warning ||
				!strings.HasPrefix(choice.Findings[0].What, "region "+home) || choice.Findings[0].Hint == "" {
				t.Errorf("%s: %+v", tc.reason, choice.Findings)
			}
		})
	}
}
