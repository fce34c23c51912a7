package rds_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	if diff := cmp.Diff(drill.Newest{PrimaryKnown: true, CopyKnown: true}, found["orders/gone-db"]); diff != "" {
		t.Errorf("a database that vanished (-want +got):\n%s", diff)
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

// Another account's backups are not asked for, and to be without any that is shared
// is not known to be good. Where recoveries are made beside them, what could be
// seen is what counts.
func TestNewestOfAnotherAccount(t *testing.T) {
	for _, recovery := range []string{refuge, ""} {
		s := simulate(t, simrds.Behaviour{})
		spec := s.spec
		spec.Place.PrimaryAccount, spec.Place.RecoveryRegion = "999988887777", recovery
		found, err := s.Newest(context.Background(), []drill.Spec{spec})
		n := found["orders/orders-db"]
		if err != nil || n.PrimaryKnown != (recovery == "") || n.CopyKnown != (recovery != "") {
			t.Errorf("recovery in %q: %+v, %v", recovery, n, err)
		}
		said := len(n.Findings) == 1 && n.Findings[0].Code == "RegionUnknown" && strings.Contains(n.Findings[0].What, "999988887777") && n.Findings[0].Hint != ""
		if said != (recovery != "") {
			t.Errorf("recovery in %q: %+v", recovery, n.Findings)
		}
	}
}

// A region that cannot be asked takes nothing away from what the other says, and
// is said. The round has failed only where it is the deployment's own: the
// owner's may be denied to the drill's account, or be lost.
func TestNewestWhereARegionCannotBeAsked(t *testing.T) {
	tests := map[string]struct {
		reason string
		fault  simaws.Fault
		own    bool
	}{
		"ours is denied":    {"the deployment's policy is wrong", simaws.Fault{On: "rds:DescribeDBSnapshots", Error: "AccessDenied", Status: 403, Times: 1}, true},
		"theirs is denied":  {"by a policy of the organisation", simaws.Fault{On: "rds:DescribeDBSnapshots", Error: "AccessDenied", Status: 403, Skip: 3, Times: 1}, false},
		"theirs is deaf":    {"every attempt waits in vain", simaws.Fault{On: "rds:DescribeDBInstances", Skip: 1, Times: 3}, false},
		"theirs is failing": {"the region is about to be lost", simaws.Fault{On: "rds:DescribeDBInstanceAutomatedBackups", Error: "ServiceUnavailable", Status: 503, Skip: 1, Times: 3}, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, simrds.Behaviour{}, tc.fault)
			found, err := s.Newest(context.Background(), []drill.Spec{s.spec})
			n := found["orders/orders-db"]
			if (err != nil) != tc.own || n.CopyKnown == tc.own || n.PrimaryKnown != tc.own || n.Copy.IsZero() != tc.own {
				t.Errorf("%s: %+v, %v", tc.reason, n, err)
			}
			region := map[bool]string{true: refuge, false: home}[tc.own]
			if len(n.Findings) != 1 || n.Findings[0].Code != "RegionUnknown" || !strings.Contains(n.Findings[0].What, region) || n.Findings[0].Hint == "" {
				t.Errorf("%s: %+v", tc.reason, n.Findings)
			}
			if unused := s.cloud.UnusedFaults(); len(unused) > 0 {
				t.Errorf("%s: %v", tc.reason, unused)
			}
		})
	}
}

// A region that answers nothing until the time is over does not take the time
// that publishing needs.
func TestNewestLeavesTimeToPublish(t *testing.T) {
	s := simulate(t, simrds.Behaviour{})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second) // less than what is kept
	defer cancel()
	found, err := s.Newest(ctx, []drill.Spec{s.spec})
	if n := found["orders/orders-db"]; err != nil || !n.CopyKnown || n.PrimaryKnown || ctx.Err() != nil {
		t.Errorf("%+v, %v", n, err)
	}
}

// Backups of what had the name before are no fresh backups of what has it now.
func TestNewestOfAReplacedSource(t *testing.T) {
	s := replaced(t)
	found, err := s.Newest(context.Background(), []drill.Spec{s.spec})
	if err != nil {
		t.Fatal(err)
	}
	n := found["orders/orders-db"]
	if age := s.clock.Now().Sub(n.Primary); !n.PrimaryKnown || age > 10*time.Minute {
		t.Errorf("the new instance's own log is %s old: %+v", age, n)
	}
	if !n.CopyKnown || !n.Copy.IsZero() {
		t.Errorf("nothing of the new instance lies in %s: %+v", refuge, n)
	}
	wantReplaced(t, n.Findings)
}

// A member of a cluster has no backups of its own.
func TestNewestOfAMemberOfACluster(t *testing.T) {
	s := simulate(t, simrds.Behaviour{})
	s.rds.AddInstance(account, home, simrds.Instance{Identifier: "member-1", Cluster: "orders-cluster", RetentionDays: 7})
	spec := s.spec
	spec.RDS = &drill.RDSSource{Instance: "member-1"}
	found, err := s.Newest(context.Background(), []drill.Spec{spec})
	n := found["orders/orders-db"]
	if err != nil || !n.Primary.IsZero() || len(n.Findings) != 1 || n.Findings[0].Code != string(drill.ClusterMember) {
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
