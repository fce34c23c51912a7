package rds_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// The window of an instance is its own where it lies, and that of what is
// replicated in the recovery region: neither is taken for the other.
func TestWindows(t *testing.T) {
	s := simulate(t, simrds.Behaviour{})
	s.rds.AddInstance(account, home, simrds.Instance{Identifier: "bare", Engine: "postgres", EngineVersion: "16.4", StorageGiB: 20, Class: "db.m6g.large", MasterUser: "app"})
	now := s.clock.Now()
	const source, bare = "arn:aws:rds:eu-west-1:111122223333:db:orders-prod", "arn:aws:rds:eu-west-1:111122223333:db:bare"
	native, err := s.Native(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	if w := native[source]; w.Retention != 7 || w.Latest.IsZero() || now.Sub(w.Latest) > 10*time.Minute {
		t.Errorf("%+v", w)
	}
	if w, there := native[bare]; !there || w.Retention != 0 || !w.Latest.IsZero() {
		t.Errorf("of one that keeps no automated backups: %+v, %t", w, there)
	}
	replicated, err := s.Replicated(t.Context(), refuge)
	if err != nil {
		t.Fatal(err)
	}
	if w := replicated[source]; now.Sub(w.Latest) != 10*time.Minute {
		t.Errorf("%+v lies %s back", w, now.Sub(w.Latest))
	}
	if there, err := s.Replicated(t.Context(), home); err != nil || len(there) != 0 {
		t.Errorf("its own are not replicated: %v, %v", there, err)
	}
}

// What is denied is an error, and no empty list.
func TestWindowsDenied(t *testing.T) {
	s := simulate(t, simrds.Behaviour{}, simaws.Fault{On: "rds:DescribeDBInstances", Error: "AccessDenied", Status: 403, Times: -1}, simaws.Fault{On: "rds:DescribeDBInstanceAutomatedBackups", Error: "AccessDenied", Status: 403, Times: -1})
	if _, err := s.Native(t.Context(), home); drill.HintOf(err) == "" || !strings.Contains(err.Error(), home) {
		t.Errorf("%v", err)
	}
	if _, err := s.Replicated(t.Context(), refuge); drill.HintOf(err) == "" || !strings.Contains(err.Error(), refuge) {
		t.Errorf("%v", err)
	}
}
