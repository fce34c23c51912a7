package rds_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// What the monitor finds is what a drill would choose from, in both regions.
func TestNewest(t *testing.T) {
	s := simulate(t, simrds.Behaviour{})
	gone := s.spec
	gone.Database, gone.RDS = "gone-db", &drill.RDSSource{Instance: "gone"}
	found, err := s.Newest(context.Background(), []drill.Spec{s.spec, gone})
	if err != nil {
		t.Fatal(err)
	}
	points, err := s.RecoveryPoints(context.Background(), s.spec)
	if err != nil {
		t.Fatal(err)
	}
	n := found["orders/orders-db"]
	if chosen := drill.Choose(points).Point; chosen == nil || !chosen.TakenAt.Equal(n.Copy) {
		t.Errorf("the monitor says %s, a drill would take %+v", n.Copy, chosen)
	}
	if age := s.clock.Now().Sub(n.Primary); !n.PrimaryKnown || age < 0 || age > 10*time.Minute {
		t.Errorf("the primary region's is %s old", age)
	}
	if n := found["orders/gone-db"]; n != (drill.Newest{PrimaryKnown: true, CopyKnown: true}) {
		t.Errorf("a database that vanished: %+v", n)
	}
}

// What the drill's scenario loses is no fresh backup, though it can be restored
// today.
func TestNewestOfALostAccount(t *testing.T) {
	s := simulate(t, simrds.Behaviour{})
	lost := s.spec
	lost.Place.PrimaryAccount, lost.Scenario = account, plan.ScenarioAccountLoss
	found, err := s.Newest(context.Background(), []drill.Spec{lost})
	if err != nil {
		t.Fatal(err)
	}
	points, err := s.RecoveryPoints(context.Background(), lost)
	if err != nil {
		t.Fatal(err)
	}
	if chosen := drill.Choose(points).Point; chosen != nil {
		t.Fatalf("a drill takes %+v: the test has lost its point", chosen)
	}
	if n := found["orders/orders-db"]; !n.CopyKnown || !n.Copy.IsZero() || n.Primary.IsZero() {
		t.Errorf("%+v: no drill would find a copy, and the primary region has what can be restored today", n)
	}
}

// A region that does not answer takes nothing away from what the other says.
func TestNewestOfADeafRegion(t *testing.T) {
	s := simulate(t, simrds.Behaviour{}, simaws.Fault{On: "rds:DescribeDBSnapshots", Error: "AccessDenied", Status: 403, Times: 1})
	found, err := s.Newest(context.Background(), []drill.Spec{s.spec})
	n := found["orders/orders-db"]
	if err == nil || n.PrimaryKnown == n.CopyKnown {
		t.Errorf("%+v, %v", n, err)
	}
}

// Calls grow with the pages of a region, not with the databases of the plan.
func TestTenThousandDatabasesInPages(t *testing.T) {
	const databases = 10_000
	s := simulate(t, simrds.Behaviour{})
	var specs []drill.Spec
	for i := range databases {
		name := fmt.Sprintf("db-%05d", i)
		s.rds.AddInstance(account, home, simrds.Instance{Identifier: name, Engine: "postgres", EngineVersion: "16.4", RetentionDays: 7})
		spec := s.spec
		spec.Database, spec.RDS = name, &drill.RDSSource{Instance: name}
		specs = append(specs, spec)
	}
	found, err := s.Newest(context.Background(), specs)
	if err != nil {
		t.Fatal(err)
	}
	without := 0
	for _, n := range found {
		if n.Primary.IsZero() {
			without++
		}
	}
	if len(found) != databases || without > 0 {
		t.Errorf("%d databases, %d without a backup", len(found), without)
	}
	// Per region: pages of 100 instances, of automated backups, three types of
	// snapshots; every instance has one automated backup and at most a snapshot.
	if calls, most := len(s.cloud.Calls()), 3*databases/100+20; calls > most {
		t.Errorf("%d calls, at most %d", calls, most)
	} else {
		t.Logf("%d calls for %d databases", calls, databases)
	}
}
