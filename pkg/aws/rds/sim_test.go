package rds_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simkms "github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	simsecrets "github.com/lifeboat-dr/lifeboat/pkg/simaws/secretsmanager"
)

const (
	account      = "111122223333"
	home, refuge = "eu-west-1", "eu-central-1"
)

// simulated is the adapter on the real SDK clients against the simulated AWS:
// the source at home, an encrypted copy of a snapshot and replicated automated
// backups in the recovery region.
type simulated struct {
	*rds.Adapter
	clock *clock.Virtual
	cloud *lab.Cloud
	rds   *simrds.Service
	spec  drill.Spec
	run   drill.Run

	refugeKey string
}

func simulate(t *testing.T, behaviour simrds.Behaviour, faults ...simaws.Fault) *simulated {
	t.Helper()
	s := &simulated{clock: clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))}
	now := s.clock.Now()
	s.cloud = lab.New(lab.Options{
		Options: simaws.Options{Clock: s.clock, Pause: s.clock.Advance, Faults: faults},
		RDS:     simrds.Options{Behaviour: behaviour}, Secrets: simsecrets.Options{NoValueFor: 5 * time.Second},
	})
	s.rds = s.cloud.RDS
	s.cloud.IAM.AddLinkedRoleRDS(account)
	homeKey, refugeKey := s.cloud.KMS.AddKey(account, home, simkms.Key{}), s.cloud.KMS.AddKey(account, refuge, simkms.Key{})
	s.refugeKey = refugeKey
	for _, region := range []string{home, refuge} {
		s.rds.AddGroups(account, region,
			[]simrds.SubnetGroup{{Name: "default", VPC: "vpc-default", Public: true}, {Name: "lifeboat-prod", VPC: "vpc-isolated"}},
			[]simrds.ParameterGroup{{Name: "default.postgres16", Family: "postgres16"}},
			[]simrds.OptionGroup{{Name: "default:postgres-16", Engine: "postgres", Version: "16"}})
	}
	source := s.rds.AddInstance(account, home, simrds.Instance{
		Identifier: "orders-prod", Engine: "postgres", EngineVersion: "16.4", StorageGiB: 200, Class: "db.m6g.large", KMSKey: homeKey,
		MasterUser: "app", Database: "orders", RetentionDays: 7, Tags: []simrds.Tag{{Key: "backup", Value: "daily"}},
	})
	snapshot := s.rds.AddSnapshot(account, home, simrds.Snapshot{
		Identifier: "rds:orders-prod-2026-11-02", Type: "automated", Instance: "orders-prod", ResourceID: source.ResourceID, Engine: "postgres", EngineVersion: "16.4",
		MasterUser: "app", StorageGiB: 200, KMSKey: homeKey, DatabaseTime: now.Add(-6 * time.Hour), Created: now.Add(-6 * time.Hour), OptionGroup: "default:postgres-16", RetentionDays: 7,
	})
	s.rds.AddSnapshot(account, refuge, simrds.Snapshot{
		Identifier: "awsbackup:copyjob-1", Type: "awsbackup", Instance: "orders-prod", ResourceID: source.ResourceID, Engine: "postgres", EngineVersion: "16.4",
		MasterUser: "app", StorageGiB: 200, KMSKey: refugeKey, DatabaseTime: now.Add(-2 * time.Hour), Created: now.Add(-time.Hour), OptionGroup: "default:postgres-16",
		SourceRegion: home, SourceSnapshot: snapshot.ARN, RetentionDays: 7,
	})
	s.rds.AddBackup(account, refuge, simrds.AutomatedBackup{
		Instance: "orders-prod", InstanceARN: source.ARN, ResourceID: source.ResourceID, Engine: "postgres", EngineVersion: "16.4", MasterUser: "app", Status: "active",
		StorageGiB: 200, KMSKey: refugeKey, OptionGroup: "default:postgres-16", RetentionDays: 7, SourceRegion: home, Earliest: now.Add(-48 * time.Hour), Lag: 10 * time.Minute,
	})
	s.Adapter = rds.New(rds.Options{Clock: s.clock, Account: account, LookUpEvents: true, Config: func(region string) aws.Config {
		return awsconfig.New(awsconfig.Options{
			Region: region, HTTPClient: &http.Client{Transport: s.cloud}, Pause: s.clock.Advance,
			Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "drill"), "secret", ""),
		})
	}})
	execution := "arn:aws:states:eu-central-1:111122223333:execution:drill:first"
	s.run = drill.Run{ID: "first", ExecutionID: execution, Deployment: "prod", Throwaway: drill.ThrowawayName("prod", execution), StartedAt: now}
	s.spec = drill.Spec{
		Deployment: "prod", Workload: "orders", Database: "orders-db", Kind: plan.KindRDSInstance, Scenario: plan.ScenarioRegionLoss,
		Limits: drill.CloudLimits(drill.Objectives{RTOSeconds: 3600}),
		Place:  drill.Place{PrimaryRegion: home, RecoveryRegion: refuge, SubnetGroup: "lifeboat-prod", SecurityGroups: []string{"sg-isolated"}},
		RDS:    &drill.RDSSource{Instance: "orders-prod", Login: drill.LoginManagedPassword, InstanceClass: "db.t4g.medium"},
	}
	return s
}

// eventually calls again, as the machine does, while the error says so.
func eventually[T any](t *testing.T, s *simulated, call func() (T, error), again ...drill.ErrorName) T {
	t.Helper()
	for range 200 {
		got, err := call()
		if err == nil {
			return got
		}
		if !slices.Contains(again, drill.NameOf(err)) {
			t.Fatal(err)
		}
		s.clock.Advance(15 * time.Second)
	}
	t.Fatal("it never came")
	panic("unreachable")
}

// life is a whole drill, from the choice until nothing is left.
func (s *simulated) life(t *testing.T) drill.RestoreStatus {
	t.Helper()
	ctx := context.Background()
	points := eventually(t, s, func() ([]drill.RecoveryPoint, error) { return s.RecoveryPoints(ctx, s.spec) }, drill.Throttled, drill.Transient)
	point := drill.Choose(points).Point
	if point == nil {
		t.Fatalf("nothing to choose from: %+v", points)
	}
	res := eventually(t, s, func() (drill.Copy, error) { return s.StartRestore(ctx, s.run, s.spec, *point) }, drill.Throttled, drill.Transient).First()
	status := eventually(t, s, func() (drill.RestoreStatus, error) {
		status, err := s.RestoreStatus(ctx, s.run, s.spec, res)
		if err == nil && !status.Available {
			err = &drill.Error{Name: drill.NotReady, What: status.Status}
		}
		return status, err
	}, drill.NotReady, drill.Throttled, drill.Transient)
	access := eventually(t, s, func() (drill.Access, error) {
		return s.PrepareLogin(ctx, s.run, s.spec, res)
	}, drill.NotReady, drill.Throttled)
	if e := access.Endpoint; e.Engine != "postgres" || e.Host == "" || e.Port != 5432 || !strings.Contains(access.Secret, ":secret:rds!db-") {
		t.Errorf("%+v", access)
	}
	if found, err := s.List(ctx, refuge, "prod"); err != nil || len(found) != 1 || found[0].Copy.First().ID != s.run.Throwaway || found[0].Age <= 0 {
		t.Errorf("%+v, %v", found, err)
	}
	eventually(t, s, func() ([]drill.Resource, error) {
		if err := s.Remove(ctx, s.run, s.spec, res); err != nil {
			return nil, err
		}
		left, err := s.Remaining(ctx, s.run, s.spec)
		if err == nil && len(left) > 0 {
			err = &drill.Error{Name: drill.NotReady, What: left[0].ID}
		}
		return left, err
	}, drill.NotReady, drill.Throttled)
	for _, call := range s.cloud.Calls() {
		if call.Region == home && call.Service != "iam" {
			t.Errorf("the lost region was asked: %s", call.Operation)
		}
	}
	if unused := s.cloud.UnusedFaults(); len(unused) > 0 {
		t.Errorf("faults that never fired: %+v", unused)
	}
	return status
}

func TestLifeOfADrillInTheSimulatedAWS(t *testing.T) {
	for _, from := range []drill.RestoreFrom{"", drill.FromCopy} {
		s := simulate(t, simrds.Behaviour{})
		s.spec.RDS.From = from
		status := s.life(t)
		if took := status.ObservedAt.Sub(s.run.StartedAt); took < 10*time.Minute || took > 30*time.Minute {
			t.Errorf("from %q: the restore took %v; without a backup of its own it takes about 18 minutes", from, took)
		}
		if len(status.Findings) != 1 {
			t.Errorf("the storage is still being loaded: %+v", status.Findings)
		}
	}
}

func TestDrillSurvivesFaultsOfTheSimulatedAWS(t *testing.T) {
	cases := map[string]struct {
		reason    string
		behaviour simrds.Behaviour
		faults    []simaws.Fault
	}{
		"restore without an answer": {"it took effect", simrds.Behaviour{}, []simaws.Fault{{On: "rds:RestoreDBInstanceToPointInTime", Effective: true}}},
		"restore that comes late":   {"and is seen minutes later", simrds.Behaviour{AppearsIn: 3 * time.Minute}, []simaws.Fault{{On: "rds:RestoreDBInstanceToPointInTime", Effective: true}}},
		"slow to be seen":           {"404 after the create", simrds.Behaviour{UnseenFor: time.Minute}, nil},
		"stale":                     {"the old status after a change", simrds.Behaviour{StaleFor: 40 * time.Second}, nil},
		"throttled": {"more often than the SDK tries", simrds.Behaviour{}, []simaws.Fault{
			{On: "rds:DescribeDBSnapshots", Error: "Throttling", Times: 4}, {On: "rds:DescribeDBInstances", Error: "Throttling", Times: 8, Skip: 2},
		}},
		"busy": {"right after available, and in the clean-up", simrds.Behaviour{}, []simaws.Fault{
			{On: "rds:ModifyDBInstance", Error: "InvalidDBInstanceState", Times: 2}, {On: "rds:DeleteDBInstance", Error: "InvalidDBInstanceState", Times: 2},
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { simulate(t, c.behaviour, c.faults...).life(t) })
	}
}

func TestSimulatedRefusals(t *testing.T) {
	s := simulate(t, simrds.Behaviour{})
	s.rds.SetQuota(account, refuge, simrds.Quota{Instances: 0, StorageGiB: 100000})
	points, err := s.RecoveryPoints(context.Background(), s.spec)
	if err != nil {
		t.Fatal(err)
	}
	point := drill.Choose(points).Point
	_, err = s.StartRestore(context.Background(), s.run, s.spec, *point)
	if drill.NameOf(err) != drill.QuotaReached || !strings.Contains(err.Error(), "DB instances") {
		t.Errorf("%v", err)
	}
	for _, call := range s.cloud.Calls() {
		if strings.HasPrefix(call.Operation, "Restore") {
			t.Error("it was asked for nevertheless")
		}
	}
}

// The SDK would hide an attempt without an answer behind the refusal of the next:
// then something could be made, and nobody would look for it.
func TestRestoreIsAskedForOncePerCall(t *testing.T) {
	s := simulate(t, simrds.Behaviour{}, simaws.Fault{On: "rds:RestoreDBInstanceToPointInTime"})
	points, err := s.RecoveryPoints(context.Background(), s.spec)
	if err != nil {
		t.Fatal(err)
	}
	s.rds.NoCapacity(refuge, "", 0)
	point := *drill.Choose(points).Point
	if _, err := s.StartRestore(context.Background(), s.run, s.spec, point); drill.NameOf(err) != drill.Transient {
		t.Errorf("without an answer: %v", err)
	}
	if _, err := s.StartRestore(context.Background(), s.run, s.spec, point); drill.NameOf(err) != drill.NoCapacity || drill.HintOf(err) == "" {
		t.Errorf("without capacity: %v", err)
	}
	asked := 0
	for _, call := range s.cloud.Calls() {
		if call.Operation == "RestoreDBInstanceToPointInTime" {
			asked++
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times in two calls", asked)
	}
}

func TestSimulatedTerminalStateEndsTheWait(t *testing.T) {
	s := simulate(t, simrds.Behaviour{EndsIn: "incompatible-network"})
	points, err := s.RecoveryPoints(context.Background(), s.spec)
	if err != nil {
		t.Fatal(err)
	}
	point := drill.Choose(points).Point
	made, err := s.StartRestore(context.Background(), s.run, s.spec, *point)
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Hour)
	if _, err = s.RestoreStatus(context.Background(), s.run, s.spec, made.First()); drill.NameOf(err) != drill.RestoreFailed {
		t.Error(err)
	}
	if err := s.Remove(context.Background(), s.run, s.spec, made.First()); err != nil {
		t.Error(err)
	}
	s.clock.Advance(time.Hour)
	if left, err := s.Remaining(context.Background(), s.run, s.spec); err != nil || len(left) > 0 {
		t.Errorf("%+v, %v", left, err)
	}
}
