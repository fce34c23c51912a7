package rds_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// replaced is a source that somebody deleted, keeping its automated backups, and
// made anew under its name half an hour ago. Whatever lies in the recovery region
// is the old one's.
func replaced(t *testing.T) *simulated {
	t.Helper()
	s := simulate(t, simrds.Behaviour{})
	old := s.rds.Instances(account, home)[0]
	s.rds.Replace(account, home, "orders-prod", simrds.Instance{
		Engine: old.Engine, EngineVersion: old.EngineVersion, StorageGiB: 20, KMSKey: old.KMSKey, MasterUser: "app", RetentionDays: 7,
	}, 30*time.Minute)
	return s
}

// wantReplaced finds one warning, which says whose backups these are and whose
// name it is.
func wantReplaced(t *testing.T, findings []drill.Finding) {
	t.Helper()
	for _, f := range findings {
		if f.Code == "SourceReplaced" && f.Severity == drill.Warning && strings.Contains(f.What, "orders-prod") && f.Hint != "" {
			return
		}
	}
	t.Errorf("nothing is said of the replaced source: %+v", findings)
}

// Of a replaced source only the backups of what lives under the name now are
// restored from, and the others are said, though they are newer than none.
func TestAReplacedSource(t *testing.T) {
	tests := map[string]struct {
		reason   string
		scenario string
		recovery string
		change   func(*simulated)
		chosen   drill.Origin // "": none
		warns    string
	}{
		"at home": {"the instance says itself who it is", plan.ScenarioOperatorError, "", nil, drill.OriginPITR, "SourceReplaced"},
		"at home, without its own": {
			"no log is kept of the new one; the old one's is no substitute", plan.ScenarioOperatorError, "",
			func(s *simulated) { s.rds.Instances(account, home)[0].RetentionDays = 0 }, "", "SourceReplaced",
		},
		"elsewhere, asked at home too": {"what lies elsewhere is the old one's", plan.ScenarioOperatorError, refuge, nil, "", "SourceReplaced"},
		"elsewhere alone":              {"the lost region is not asked, so only the state tells", plan.ScenarioRegionLoss, refuge, nil, drill.OriginReplicated, "BackupRetained"},
		"both are elsewhere": {
			"the one that goes on is the living one's", plan.ScenarioRegionLoss, refuge,
			func(s *simulated) { s.replicate() }, drill.OriginReplicated, "SourceReplaced",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := replaced(t)
			if tc.change != nil {
				tc.change(s)
			}
			spec := s.spec
			spec.Scenario, spec.Place.RecoveryRegion = tc.scenario, tc.recovery
			points, err := s.RecoveryPoints(context.Background(), spec)
			if err != nil {
				t.Fatal(err)
			}
			choice := drill.Choose(points)
			switch {
			case tc.chosen == "" && choice.Point != nil:
				t.Errorf("%s: chosen %+v", tc.reason, choice.Point)
			case tc.chosen != "" && (choice.Point == nil || choice.Point.Origin != tc.chosen):
				t.Errorf("%s: chosen %+v of %+v", tc.reason, choice.Point, points)
			}
			now := s.rds.Instances(account, home)[0].ResourceID
			if choice.Point != nil && tc.warns == "SourceReplaced" && choice.Point.Says.SystemIdentifier != now {
				t.Errorf("%s: chosen is one of %s, and %s has the name", tc.reason, choice.Point.Says.SystemIdentifier, now)
			}
			if len(choice.Findings) == 0 || choice.Findings[0].Code != tc.warns {
				t.Errorf("%s: findings %+v", tc.reason, choice.Findings)
			}
			if tc.warns == "SourceReplaced" {
				wantReplaced(t, choice.Findings)
			}
		})
	}
}

// replicate has the automated backups of what lives under the name replicated.
func (s *simulated) replicate() {
	i := s.rds.Instances(account, home)[0]
	s.rds.AddBackup(account, refuge, simrds.AutomatedBackup{
		Instance: i.Identifier, InstanceARN: i.ARN, ResourceID: i.ResourceID, Engine: i.Engine, EngineVersion: i.EngineVersion, MasterUser: "app", Status: "active",
		StorageGiB: i.StorageGiB, KMSKey: s.refugeKey, OptionGroup: i.OptionGroup, RetentionDays: 7, SourceRegion: home, Earliest: i.Created, Lag: 40 * time.Minute,
	})
}

// A member of a cluster is named at the choice, with what to do; also where the
// region that it lives in is not asked for backups.
func TestAMemberOfACluster(t *testing.T) {
	tests := map[string]struct {
		reason, engine, scenario string
		says                     []string
	}{
		"Multi-AZ DB cluster": {"its engine is that of an instance", "postgres", plan.ScenarioOperatorError, []string{"instance member-1", "Multi-AZ DB cluster orders-cluster", "out of the plan"}},
		"Aurora":              {"no kind that a plan takes is for it", "aurora-postgresql", plan.ScenarioOperatorError, []string{"Aurora cluster orders-cluster", "out of the plan"}},
		"lost region":         {"no copy is there, and that is why", "mysql", plan.ScenarioRegionLoss, []string{"Multi-AZ DB cluster orders-cluster"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, simrds.Behaviour{})
			spec := s.spec
			spec.RDS = &drill.RDSSource{Instance: "member-1"}
			spec.Scenario = tc.scenario
			s.rds.AddInstance(account, home, simrds.Instance{Identifier: "member-1", Engine: tc.engine, EngineVersion: "16.4", Cluster: "orders-cluster"})
			_, err := s.RecoveryPoints(context.Background(), spec)
			if drill.NameOf(err) != drill.ClusterMember {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			for _, word := range tc.says {
				if !strings.Contains(err.Error()+drill.HintOf(err), word) {
					t.Errorf("%s: %q lacks in %v (%s)", tc.reason, word, err, drill.HintOf(err))
				}
			}
			if strings.Contains(drill.HintOf(err), plan.KindAuroraCluster) {
				t.Errorf("%s: the hint leads to a plan that is refused: %s", tc.reason, drill.HintOf(err))
			}
		})
	}
}

// The backups of a source are found by its ARN, so its partition must be the one
// that RDS writes, in every partition that there is.
func TestTheSourceIsFoundInEveryPartition(t *testing.T) {
	for region, refuge := range map[string]string{
		"eu-west-1": "eu-central-1", "us-gov-west-1": "us-gov-east-1", "cn-north-1": "cn-northwest-1",
	} {
		s := simulate(t, simrds.Behaviour{})
		source := s.rds.AddInstance(account, region, simrds.Instance{Identifier: "ledger", RetentionDays: 7})
		s.rds.AddBackup(account, refuge, simrds.AutomatedBackup{
			Instance: "ledger", InstanceARN: source.ARN, ResourceID: source.ResourceID, Engine: "postgres", EngineVersion: "15.7", Status: "active", RetentionDays: 7, SourceRegion: region,
		})
		spec := s.spec
		spec.RDS = &drill.RDSSource{Instance: "ledger"}
		spec.Place.PrimaryRegion, spec.Place.RecoveryRegion = region, refuge
		if points, err := s.RecoveryPoints(context.Background(), spec); err != nil || len(points) != 1 || !points[0].Usable {
			t.Errorf("in %s: %+v, %v", region, points, err)
		}
	}
}
