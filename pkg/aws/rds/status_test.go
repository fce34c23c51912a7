package rds

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

var copyResource = drill.Resource{Kind: ResourceKind, ID: run.Throwaway, CreatedAt: now}

// look has the copy in the recovery region and looks at it once.
func look(t *testing.T, f fakeAWS, copy *types.DBInstance) (drill.RestoreStatus, error) {
	t.Helper()
	if copy != nil {
		f.refuge.instances[run.Throwaway] = copy
	}
	return f.RestoreStatus(context.Background(), run, specOf(plan.ScenarioRegionLoss), copyResource)
}

func inState(state string) func(*types.DBInstance) {
	return func(i *types.DBInstance) { i.DBInstanceStatus = &state }
}

func TestNotFoundRightAfterTheRequestIsCreating(t *testing.T) {
	f := newFake(t)
	f.clock.Advance(5 * time.Minute)
	status, err := look(t, f, nil)
	if err != nil || status.Available || status.Status != "creating" {
		t.Errorf("%+v, %v", status, err)
	}
	f.clock.Advance(time.Hour)
	_, err = look(t, f, nil)
	wantError(t, err, drill.RestoreFailed) // somebody removed it: no use to wait for hours
}

func TestStatesOnTheWayAreNotAvailable(t *testing.T) {
	for _, state := range []string{"creating", "backing-up", "configuring-iam-database-auth", "modifying", "rebooting", "resetting-master-credentials", "a state of next year"} {
		f := newFake(t)
		status, err := look(t, f, copyInstance(inState(state)))
		if err != nil || status.Available || status.Status != state {
			t.Errorf("%s: %+v, %v", state, status, err)
		}
	}
}

func TestStatesThatNoRestoreLeavesFailAtOnce(t *testing.T) {
	for _, state := range []string{
		"failed", "incompatible-network", "incompatible-option-group", "incompatible-parameters", "incompatible-restore", "restore-error",
		"inaccessible-encryption-credentials", "storage-full", "deleted", "deleting", "stopping", "stopped",
	} {
		_, err := look(t, newFake(t), copyInstance(inState(state)))
		if e := wantError(t, err, drill.RestoreFailed); !strings.Contains(e.What, state) || e.Hint == "" {
			t.Errorf("%s: %v (%s)", state, e, e.Hint)
		}
	}
}

// What ended for want of capacity has one name, whenever AWS says so.
func TestCopyWithoutCapacityHasItsOwnName(t *testing.T) {
	_, err := look(t, newFake(t), copyInstance(inState("insufficient-capacity")))
	if e := wantError(t, err, drill.NoCapacity); e.Hint == "" {
		t.Errorf("no hint: %v", e)
	}
}

func TestAvailableTakesOneDescribe(t *testing.T) {
	for _, state := range []string{"available", "storage-optimization"} {
		f := newFake(t)
		status, err := look(t, f, copyInstance(inState(state)))
		if err != nil || !status.Available || !status.ObservedAt.Equal(now) || len(f.refuge.calls) != 1 {
			t.Errorf("%s: %+v, %v after %v", state, status, err, f.refuge.calls)
		}
	}
}

func TestCopyIsAvailableOnlyAsItWasAskedFor(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*types.DBInstance)
		word   string
	}{
		"public":             {"a copy of production on the internet", func(i *types.DBInstance) { i.PubliclyAccessible = aws.Bool(true) }, "public"},
		"not known":          {"what is not said is not proven", func(i *types.DBInstance) { i.PubliclyAccessible = nil }, "public"},
		"subnets":            {"AWS's default is the default VPC", func(i *types.DBInstance) { i.DBSubnetGroup.DBSubnetGroupName = aws.String("default") }, "default"},
		"one group more":     {"it opens a door", func(i *types.DBInstance) { i.VpcSecurityGroups = append(i.VpcSecurityGroups, sg("sg-default")) }, "sg-default"},
		"one group less":     {"the checks do not get in", func(i *types.DBInstance) { i.VpcSecurityGroups = i.VpcSecurityGroups[:1] }, "sg-1"},
		"backups":            {"they leave copies behind", func(i *types.DBInstance) { i.BackupRetentionPeriod = aws.Int32(7) }, "7 days"},
		"backups to come":    {"they leave copies behind", func(i *types.DBInstance) { i.PendingModifiedValues = pending(7) }, "7 days"},
		"protected":          {"it could not be removed", func(i *types.DBInstance) { i.DeletionProtection = aws.Bool(true) }, "deletion"},
		"not encrypted":      {"its recovery point is", func(i *types.DBInstance) { i.StorageEncrypted, i.KmsKeyId = aws.Bool(false), nil }, refugeKey},
		"another key":        {"not its recovery point's", func(i *types.DBInstance) { i.KmsKeyId = aws.String(homeKey) }, homeKey},
		"IAM authentication": {"nobody asked for it", func(i *types.DBInstance) { i.IAMDatabaseAuthenticationEnabled = aws.Bool(true) }, "IAM"},
		"the source's tags": {"plans that select by tag would back it up", func(i *types.DBInstance) {
			i.TagList = []types.Tag{{Key: aws.String("backup"), Value: aws.String("daily")}}
		}, "tags"},
		"another execution's": {"it is not ours to judge", func(i *types.DBInstance) {
			other := run
			other.ExecutionID += "-2"
			i.TagList = tagsOf(other, now, true, refugeKey)
		}, "tags"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := look(t, newFake(t), copyInstance(c.change))
			if e := wantError(t, err, drill.RestoreFailed); !strings.Contains(e.What, c.word) {
				t.Errorf("%s: %v", c.reason, e)
			}
		})
	}
}

func TestEncryptionFollowsTheRecoveryPoint(t *testing.T) {
	cases := map[string]struct {
		reason    string
		encrypted bool
		key       string
		has       func(*types.DBInstance)
	}{
		"none":          {"nor was it", false, "", func(i *types.DBInstance) { i.StorageEncrypted, i.KmsKeyId = aws.Bool(false), nil }},
		"AWS's own":     {"RDS encrypts by itself", false, "", func(i *types.DBInstance) { i.KmsKeyId, i.StorageEncryptionType = nil, types.StorageEncryptionTypeSse }},
		"key by its id": {"it is the same key", true, refugeKey, func(i *types.DBInstance) { i.KmsKeyId = aws.String("refuge") }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			status, err := look(t, newFake(t), copyInstance(c.has, func(i *types.DBInstance) { i.TagList = tagsOf(run, now, c.encrypted, c.key) }))
			if err != nil || !status.Available {
				t.Errorf("%s: %+v, %v", c.reason, status, err)
			}
		})
	}
}

func sg(id string) types.VpcSecurityGroupMembership {
	return types.VpcSecurityGroupMembership{VpcSecurityGroupId: &id}
}

func pending(days int32) *types.PendingModifiedValues {
	return &types.PendingModifiedValues{BackupRetentionPeriod: &days}
}

func TestHydrationIsReportedWhereTheFieldsArePresent(t *testing.T) {
	status, err := look(t, newFake(t), copyInstance(func(i *types.DBInstance) {
		i.StorageOperationStatus, i.StorageOperationPercentProgress = aws.String("Initializing"), aws.Int32(37)
	}))
	if err != nil || !status.Available || len(status.Findings) != 1 || status.Findings[0].Severity != drill.Info || status.Findings[0].Figure != 37.0 {
		t.Errorf("%+v, %v", status, err)
	}
	status, err = look(t, newFake(t), copyInstance())
	if err != nil || len(status.Findings) > 0 {
		t.Errorf("idle storage is worth no line: %+v, %v", status, err)
	}
}

func TestEventNarrowsTheMomentOnlyIfItComesAtTheEnd(t *testing.T) {
	cases := map[string]struct {
		reason, message string
		want            bool
	}{
		"created":       {"RDS-EVENT-0005", "DB instance created", true},
		"point in time": {"RDS-EVENT-0019", "Restored from DB instance orders-prod to " + run.Throwaway + ".", true},
		"from snapshot": {"RDS-EVENT-0043 may come at the start", "Restored from snapshot rds:daily.", false},
		"at the start":  {"it is only beginning", "DB instance is being restored to a point in time.", false},
		"else":          {"says nothing about it", "DB instance restarted", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, func(o *Options) { o.LookUpEvents = true })
			at := now.Add(18 * time.Minute)
			f.refuge.events = []types.Event{{Date: &at, Message: aws.String(c.message)}}
			f.clock.Advance(20 * time.Minute)
			status, err := look(t, f, copyInstance())
			if err != nil || status.AvailableAt.Equal(at) != c.want || status.AvailableAt.IsZero() == c.want {
				t.Errorf("%s: %+v, %v", c.reason, status, err)
			}
			if in := f.refuge.asked[0]; in.StartTime == nil || !in.StartTime.Equal(now) || *in.SourceIdentifier != run.Throwaway {
				t.Errorf("without a start time only the last hour is answered: %+v", in)
			}
		})
	}
}

func TestEventThatOthersFollowIsNotTheEnd(t *testing.T) {
	f := newFake(t, func(o *Options) { o.LookUpEvents = true })
	f.refuge.events = []types.Event{
		{Date: aws.Time(now.Add(17 * time.Minute)), Message: aws.String("DB instance created")},
		{Date: aws.Time(now.Add(19 * time.Minute)), Message: aws.String("DB instance restarted")},
	}
	f.clock.Advance(20 * time.Minute)
	if status, err := look(t, f, copyInstance()); err != nil || !status.AvailableAt.IsZero() {
		t.Errorf("%+v, %v", status, err)
	}
}

func TestEventsAreLookedUpOnceAndOnlyWhereAsked(t *testing.T) {
	f := newFake(t, func(o *Options) { o.LookUpEvents = true })
	for _, state := range []string{"creating", "backing-up", "available"} {
		if _, err := look(t, f, copyInstance(inState(state))); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.refuge.count("DescribeEvents"); n != 1 {
		t.Errorf("%d calls", n)
	}
	f.refuge.fail["DescribeEvents"] = []error{failure("Throttling")}
	if status, err := look(t, f, copyInstance()); err != nil || !status.Available {
		t.Errorf("an event only narrows: %+v, %v", status, err)
	}
	f = newFake(t)
	if _, err := look(t, f, copyInstance()); err != nil || f.refuge.count("DescribeEvents") > 0 {
		t.Errorf("%v, %v", f.refuge.calls, err)
	}
}

func TestThrottledLookIsRetried(t *testing.T) {
	for code, want := range map[string]drill.ErrorName{"Throttling": drill.Throttled, "InternalFailure": drill.Transient} {
		f := newFake(t)
		f.refuge.fail["DescribeDBInstances"] = []error{failure(code)}
		_, err := look(t, f, copyInstance())
		wantError(t, err, want)
	}
}
