package rds_test

import (
	"context"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// A snapshot that does not say of which instance it is counts, and that nobody
// can tell is said: alike where the source lives and elsewhere, in a drill and by
// the monitor. One that says it, beside it, is chosen without a word.
func TestASnapshotThatDoesNotSayWhoseItIs(t *testing.T) {
	for _, region := range []string{home, refuge} {
		for resource, warns := range map[string]bool{"": true, "db-KNOWN": false} {
			s := simulate(t, simrds.Behaviour{})
			taken := s.clock.Now().Add(-time.Hour)
			source := s.rds.AddInstance(account, home, simrds.Instance{Identifier: "ledger", Engine: "postgres", EngineVersion: "16.4", ResourceID: "db-KNOWN"})
			snapshot := simrds.Snapshot{
				Identifier: "by-hand", Type: "manual", Instance: "ledger", ResourceID: resource, Engine: "postgres", EngineVersion: "16.4",
				MasterUser: "app", StorageGiB: 20, DatabaseTime: taken, Created: taken,
			}
			known := snapshot
			known.Identifier, known.ResourceID, known.DatabaseTime = "older", source.ResourceID, taken.Add(-9*time.Hour)
			spec := s.spec
			spec.RDS, spec.Scenario = &drill.RDSSource{Instance: "ledger"}, plan.ScenarioOperatorError
			if region == home {
				spec.Place.RecoveryRegion = ""
			} else {
				snapshot.SourceRegion, known.SourceRegion = home, home
			}
			s.rds.AddSnapshot(account, region, snapshot)
			s.rds.AddSnapshot(account, region, known)
			points, err := s.RecoveryPoints(context.Background(), spec)
			if err != nil {
				t.Fatal(err)
			}
			choice := drill.Choose(points)
			if choice.Point == nil || !choice.Point.TakenAt.Equal(taken) {
				t.Errorf("in %s, of %q: chosen %+v of %+v", region, resource, choice.Point, points)
			}
			found, err := s.Newest(context.Background(), []drill.Spec{spec})
			if err != nil {
				t.Fatal(err)
			}
			n := found["orders/orders-db"]
			if at, _ := n.Counts(spec.Place); !at.Equal(taken) {
				t.Errorf("in %s, of %q: the monitor says %+v", region, resource, n)
			}
			for who, findings := range map[string][]drill.Finding{"drill": choice.Findings, "monitor": n.Findings} {
				said := 0
				for _, f := range findings {
					if f.Code == "BackupUnattributed" && f.Severity == drill.Warning && f.Hint != "" {
						said++
					}
				}
				if (said == 1) != warns {
					t.Errorf("in %s, of %q, the %s says %+v", region, resource, who, findings)
				}
			}
		}
	}
}
