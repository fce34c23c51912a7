package rds_test

import (
	"context"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// What was recovered is never thrown away, were it named and tagged as a throwaway
// besides.
func TestWhatWasRecoveredIsNotThrownAway(t *testing.T) {
	s, ctx := simulate(t, simrds.Behaviour{}), context.Background()
	s.rds.AddInstance(account, refuge, simrds.Instance{Identifier: s.run.Throwaway, Tags: []simrds.Tag{
		{Key: deployed.TagDeployment, Value: "prod"}, {Key: deployed.TagExecution, Value: s.run.ExecutionID}, {Key: deployed.TagPurpose, Value: deployed.PurposeRecovered},
	}})
	if err := s.Remove(ctx, s.run, s.spec, drill.Resource{Kind: rds.ResourceKind, ID: s.run.Throwaway}); drill.NameOf(err) != drill.CleanupFailed {
		t.Error(err)
	}
	if err := s.RemoveCopy(ctx, s.run, refuge); drill.NameOf(err) != drill.CleanupFailed {
		t.Error(err)
	}
	if found, err := s.List(ctx, refuge, "prod"); err != nil || len(found) > 0 {
		t.Errorf("the sweeper would look at %+v, %v", found, err)
	}
	if left, err := s.RemainingCopy(ctx, s.run, refuge); err != nil || len(left) != 1 || s.rds.Instances(account, refuge)[0].Status() != "available" {
		t.Errorf("%+v, %v", left, err)
	}
}

// A target that has a throwaway's name is refused before anything is asked for, of
// whatever deployment.
func TestTargetWithTheNameOfAThrowaway(t *testing.T) {
	s, ctx := simulate(t, simrds.Behaviour{}), context.Background()
	for _, name := range []string{"", s.run.Throwaway, "lifeboat-other-eu-0123456789ab"} {
		target := drill.RecoveryTarget{Identifier: name, SubnetGroup: "default", SecurityGroups: []string{"sg-1"}}
		_, err := s.StartRecovery(ctx, drill.RecoveryMark{Deployment: "prod", Run: "first"}, s.spec, target, drill.RecoveryPoint{})
		if drill.NameOf(err) != drill.InvalidInput {
			t.Errorf("%q: %v", name, err)
		}
	}
	target := drill.RecoveryTarget{Identifier: "lifeboat-shop", SubnetGroup: "default", SecurityGroups: []string{"sg-1"}}
	if _, err := s.StartRecovery(ctx, drill.RecoveryMark{Deployment: "prod"}, s.spec, target, drill.RecoveryPoint{}); drill.NameOf(err) != drill.InvalidInput {
		t.Errorf("without a run: %v", err)
	}
	if calls := s.cloud.Calls(); len(calls) > 0 {
		t.Errorf("AWS was asked: %+v", calls[0])
	}
}

// Only what never served is removed for another attempt.
func TestDiscardLeavesWhatMayHaveServed(t *testing.T) {
	s, ctx, mark := simulate(t, simrds.Behaviour{}), context.Background(), drill.RecoveryMark{Deployment: "prod", Run: "first"}
	made := s.rds.AddInstance(account, refuge, simrds.Instance{Identifier: "shop-orders", Tags: []simrds.Tag{
		{Key: deployed.TagDeployment, Value: "prod"}, {Key: deployed.TagPurpose, Value: deployed.PurposeRecovered}, {Key: deployed.TagRecovery, Value: "first"},
	}})
	if gone, err := s.DiscardRecovery(ctx, mark, s.spec, "shop-orders"); gone || drill.NameOf(err) != drill.CleanupFailed || made.Status() != "available" {
		t.Errorf("%t, %v, %s", gone, err, made.Status())
	}
	if gone, err := s.DiscardRecovery(ctx, drill.RecoveryMark{Deployment: "prod", Run: "second"}, s.spec, "shop-orders"); gone || err == nil {
		t.Errorf("another recovery's: %t, %v", gone, err)
	}
	if gone, err := s.DiscardRecovery(ctx, mark, s.spec, "nothing"); !gone || err != nil {
		t.Errorf("%t, %v", gone, err)
	}
}
