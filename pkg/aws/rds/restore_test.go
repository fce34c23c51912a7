package rds

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// ready is a recovery region with one encrypted copy, and that copy as chosen.
func ready(t *testing.T, change ...func(*types.DBSnapshot)) (fakeAWS, drill.Spec, drill.RecoveryPoint) {
	t.Helper()
	f, spec := newFake(t), specOf(plan.ScenarioRegionLoss)
	f.refuge.snapshots = []types.DBSnapshot{snapshotIn(refuge, "manual", "copy", time.Hour, append([]func(*types.DBSnapshot){encryptedWith(refugeKey)}, change...)...)}
	return f, spec, points(t, f, spec)[0]
}

func start(f fakeAWS, spec drill.Spec, point drill.RecoveryPoint) (drill.Resource, error) {
	made, err := f.StartRestore(context.Background(), run, spec, point)
	return made.First(), err
}

// stated are the arguments whose defaults are wrong; both calls have them.
func stated(t *testing.T, in any) map[string]any {
	t.Helper()
	got := map[string]any{}
	for _, name := range []string{
		"Port", "BackupRetentionPeriod", "DBSubnetGroupName", "VpcSecurityGroupIds", "DBParameterGroupName", "OptionGroupName", "PubliclyAccessible",
		"DeletionProtection", "MultiAZ", "CopyTagsToSnapshot", "AutoMinorVersionUpgrade", "EngineLifecycleSupport", "EnableIAMDatabaseAuthentication", "ManageMasterUserPassword",
	} {
		field := reflect.ValueOf(in).Elem().FieldByName(name)
		switch {
		case field.IsNil():
			got[name] = nil
		case field.Kind() == reflect.Pointer:
			got[name] = field.Elem().Interface()
		default:
			got[name] = field.Interface()
		}
	}
	return got
}

var wantStated = map[string]any{
	"Port": int32(5432), "BackupRetentionPeriod": int32(0), "DBSubnetGroupName": "lifeboat-prod", "VpcSecurityGroupIds": []string{"sg-1", "sg-2"},
	"DBParameterGroupName": "default.postgres16", "OptionGroupName": "default:postgres-16", "PubliclyAccessible": false,
	"DeletionProtection": false, "MultiAZ": false, "CopyTagsToSnapshot": false, "AutoMinorVersionUpgrade": false,
	"EngineLifecycleSupport": "open-source-rds-extended-support", "EnableIAMDatabaseAuthentication": false,
	"ManageMasterUserPassword": nil, // for Oracle only
}

func TestRestoreStatesEveryArgument(t *testing.T) {
	f, spec, point := ready(t)
	res, err := start(f, spec, point)
	if err != nil {
		t.Fatal(err)
	}
	want := drill.Resource{Kind: ResourceKind, ID: run.Throwaway, Detail: "arn:aws:rds:eu-central-1:111111111111:db:" + run.Throwaway, CreatedAt: now}
	if diff := cmp.Diff(want, res); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	in := f.refuge.restored[0].(*awsrds.RestoreDBInstanceFromDBSnapshotInput)
	if diff := cmp.Diff(wantStated, stated(t, in)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if *in.DBInstanceIdentifier != run.Throwaway || *in.DBSnapshotIdentifier != "copy" {
		t.Errorf("%s from %s", *in.DBInstanceIdentifier, *in.DBSnapshotIdentifier)
	}
	if len(f.home.calls) > 0 {
		t.Errorf("the lost region was asked: %v", f.home.calls)
	}
}

func TestTagsAreAlwaysPassedLestTheSourcesAreCopied(t *testing.T) {
	f, spec, point := ready(t)
	if _, err := start(f, spec, point); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, tag := range f.refuge.restored[0].(*awsrds.RestoreDBInstanceFromDBSnapshotInput).Tags {
		got[*tag.Key] = *tag.Value
	}
	want := map[string]string{
		"lifeboat:deployment": "prod", "lifeboat:run": "first", "lifeboat:execution": run.ExecutionID,
		"lifeboat:created-at": "2026-11-24T04:00:00Z", "lifeboat:key": refugeKey,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSnapshotIsFoundAgainByItsType(t *testing.T) {
	cases := map[string]struct{ reason, kind, name, want string }{
		"automated": {"needs its type", "automated", "rds:daily", "rds:daily"},
		"awsbackup": {"needs its type", "awsbackup", "awsbackup:job-1", "awsbackup:job-1"},
		"manual":    {"is in the default", "manual", "by-hand", "by-hand"},
		"shared":    {"goes by ARN", "shared", "theirs", "arn:aws:rds:eu-west-1:999999999999:snapshot:theirs"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			s := snapshotIn(home, c.kind, c.name, time.Hour)
			if c.kind == "shared" {
				ownedBy("999999999999")(&s)
				s.SourceDBSnapshotIdentifier = aws.String("arn:aws:rds:eu-west-1:111111111111:snapshot:x")
			}
			f.home.snapshots = []types.DBSnapshot{s}
			if _, err := start(f, atHome(), points(t, f, atHome())[0]); err != nil {
				t.Fatal(err)
			}
			if got := *f.home.restored[0].(*awsrds.RestoreDBInstanceFromDBSnapshotInput).DBSnapshotIdentifier; got != c.want {
				t.Errorf("%s: restored from %s", c.reason, got)
			}
		})
	}
}

func TestPointInTimeStatesItsMoment(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   drill.Spec
		set    func(fakeAWS) *fakeRegion
		at     time.Duration
		want   [3]string // instance, resource, automated backup
	}{
		"instance": {"by its name", atHome(), func(f fakeAWS) *fakeRegion {
			f.home.instances["orders-prod"] = sourceInstance()
			return f.home
		}, 4 * time.Minute, [3]string{"orders-prod", "", ""}},
		"gone": {"by its resource id", atHome(), func(f fakeAWS) *fakeRegion {
			f.home.backups = []types.DBInstanceAutomatedBackup{replicated()}
			return f.home
		}, time.Hour, [3]string{"", sourceResource, ""}},
		"replicated": {"by the automated backup", specOf(plan.ScenarioRegionLoss), func(f fakeAWS) *fakeRegion {
			f.refuge.backups = []types.DBInstanceAutomatedBackup{replicated()}
			return f.refuge
		}, time.Hour, [3]string{"", "", replicaBackupARN}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			region := c.set(f)
			point := points(t, f, c.spec)[0]
			if i := f.home.instances["orders-prod"]; i != nil {
				i.LatestRestorableTime = ago(0) // it moves on: the restore does not
			}
			if _, err := start(f, c.spec, point); err != nil {
				t.Fatal(err)
			}
			in := region.restored[0].(*awsrds.RestoreDBInstanceToPointInTimeInput)
			got := [3]string{aws.ToString(in.SourceDBInstanceIdentifier), aws.ToString(in.SourceDbiResourceId), aws.ToString(in.SourceDBInstanceAutomatedBackupsArn)}
			if got != c.want || in.UseLatestRestorableTime != nil || !in.RestoreTime.Equal(now.Add(-c.at)) {
				t.Errorf("%s: %v at %v", c.reason, got, in.RestoreTime)
			}
			want := map[string]any{}
			for k, v := range wantStated {
				want[k] = v
			}
			if name == "instance" {
				want["EngineLifecycleSupport"] = "open-source-rds-extended-support-disabled" // the source's
			}
			if diff := cmp.Diff(want, stated(t, in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRestoreOfOurOwnNameContinues(t *testing.T) {
	f, spec, point := ready(t)
	f.refuge.instances[run.Throwaway] = copyInstance()
	f.refuge.fail["RestoreDBInstanceFromDBSnapshot"] = []error{failure("DBInstanceAlreadyExists")}
	f.clock.Advance(time.Minute)
	res, err := start(f, spec, point)
	if err != nil || res.ID != run.Throwaway || !res.CreatedAt.Equal(now) {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestForeignInstanceOfOurNameIsRefused(t *testing.T) {
	f, spec, point := ready(t)
	f.refuge.instances[run.Throwaway] = copyInstance(func(i *types.DBInstance) {
		i.TagList = []types.Tag{{Key: aws.String("team"), Value: aws.String("orders")}}
	})
	f.refuge.fail["RestoreDBInstanceFromDBSnapshot"] = []error{failure("DBInstanceAlreadyExists")}
	_, err := start(f, spec, point)
	wantError(t, err, drill.RestoreRefused)
}

func TestLostAnswerIsNotProofOfAbsence(t *testing.T) {
	t.Run("it took effect", func(t *testing.T) {
		f, spec, point := ready(t)
		f.refuge.onRestore = func() { f.refuge.instances[run.Throwaway] = copyInstance() }
		f.refuge.fail["RestoreDBInstanceFromDBSnapshot"] = []error{context.DeadlineExceeded}
		res, err := start(f, spec, point)
		if err != nil || res.ID != run.Throwaway {
			t.Errorf("%+v, %v", res, err)
		}
	})
	t.Run("it may still", func(t *testing.T) {
		f, spec, point := ready(t)
		for _, lost := range []error{context.DeadlineExceeded, failure("InternalFailure")} {
			f.refuge.fail["RestoreDBInstanceFromDBSnapshot"] = []error{lost}
			_, err := start(f, spec, point)
			wantError(t, err, drill.Transient)
		}
		names := map[string]bool{}
		for _, in := range f.refuge.restored {
			names[*in.(*awsrds.RestoreDBInstanceFromDBSnapshotInput).DBInstanceIdentifier] = true
		}
		if len(names) != 1 {
			t.Errorf("retries use several names: %v", names)
		}
	})
}

func TestErrorsOfTheRestoreCallAreToldApart(t *testing.T) {
	retried := map[string]drill.ErrorName{
		"Throttling": drill.Throttled, "ThrottlingException": drill.Throttled, "ServiceUnavailable": drill.Transient,
		"InvalidDBInstanceState": drill.SourceBusy, "InsufficientDBInstanceCapacity": drill.NoCapacity,
		"InstanceQuotaExceeded": drill.QuotaReached, "StorageQuotaExceeded": drill.QuotaReached,
	}
	for _, final := range []string{
		"KMSKeyNotAccessibleFault", "DBSubnetGroupDoesNotCoverEnoughAZs", "InvalidVPCNetworkStateFault", "DBParameterGroupNotFound",
		"OptionGroupNotFoundFault", "DBSnapshotNotFound", "PointInTimeRestoreNotEnabled", "InvalidRestoreFault", "InvalidDBSnapshotState",
		"StorageTypeNotSupported", "DBSubnetGroupNotFoundFault", "AccessDenied",
	} {
		retried[final] = drill.RestoreRefused
	}
	for code, want := range retried {
		t.Run(code, func(t *testing.T) {
			f, spec, point := ready(t)
			ownGroups(f, spec)
			f.refuge.fail["RestoreDBInstanceFromDBSnapshot"] = []error{failure(code)}
			_, err := start(f, spec, point)
			if e := wantError(t, err, want); e.Hint == "" && want != drill.Throttled && code != "ServiceUnavailable" {
				t.Errorf("no hint: %v", e)
			}
		})
	}
}

// A passing refusal proves only that this call made nothing: what an earlier one
// made is taken over it.
func TestEarlierCopyIsTakenOverAPassingRefusal(t *testing.T) {
	for _, code := range []string{"InsufficientDBInstanceCapacity", "InvalidDBInstanceState"} {
		f, spec, point := ready(t)
		f.refuge.instances[run.Throwaway] = copyInstance()
		f.refuge.fail["RestoreDBInstanceFromDBSnapshot"] = []error{failure(code)}
		if res, err := start(f, spec, point); err != nil || res.ID != run.Throwaway {
			t.Errorf("%s: %+v, %v", code, res, err)
		}
	}
}

func TestPlansOwnGroupsAndIAMLoginAreStated(t *testing.T) {
	f, spec, point := ready(t)
	ownGroups(f, spec)
	spec.RDS.Login, spec.RDS.InstanceClass = drill.LoginIAM, "db.t4g.medium"
	if _, err := start(f, spec, point); err != nil {
		t.Fatal(err)
	}
	in := f.refuge.restored[0].(*awsrds.RestoreDBInstanceFromDBSnapshotInput)
	if *in.DBParameterGroupName != "orders" || *in.OptionGroupName != "audit" || !*in.EnableIAMDatabaseAuthentication || *in.DBInstanceClass != "db.t4g.medium" {
		t.Errorf("%+v", stated(t, in))
	}
}

// ownGroups has the plan name groups of its own, which exist and fit.
func ownGroups(f fakeAWS, spec drill.Spec) {
	spec.RDS.ParameterGroup, spec.RDS.OptionGroup = "orders", "audit"
	f.refuge.params = []types.DBParameterGroup{{DBParameterGroupName: aws.String("orders"), DBParameterGroupFamily: aws.String("postgres16")}}
	f.refuge.options = []types.OptionGroup{{OptionGroupName: aws.String("audit"), EngineName: aws.String("postgres"), MajorEngineVersion: aws.String("16")}}
}

func TestDefaultGroupsThatDoNotExistYetAreLeftToAWS(t *testing.T) {
	f, spec, point := ready(t)
	f.refuge.fail["RestoreDBInstanceFromDBSnapshot"] = []error{failure("OptionGroupNotFoundFault"), failure("DBParameterGroupNotFound")}
	if _, err := start(f, spec, point); err != nil {
		t.Fatal(err)
	}
	last := f.refuge.restored[2].(*awsrds.RestoreDBInstanceFromDBSnapshotInput)
	if last.OptionGroupName != nil || last.DBParameterGroupName != nil || *last.DBSubnetGroupName != "lifeboat-prod" {
		t.Errorf("%+v", stated(t, last))
	}
}

func TestDefaultGroupsFollowTheVersion(t *testing.T) {
	cases := map[string]struct{ engine, version, parameters, options string }{
		"postgres":     {"postgres", "16.4", "default.postgres16", "default:postgres-16"},
		"old postgres": {"postgres", "9.6.24", "default.postgres9.6", "default:postgres-9-6"},
		"mysql":        {"mysql", "8.0.40", "default.mysql8.0", "default:mysql-8-0"},
		"mariadb":      {"mariadb", "10.11.9", "default.mariadb10.11", "default:mariadb-10-11"},
	}
	for name, c := range cases {
		if got := defaultParameterGroup(c.engine, c.version); got != c.parameters {
			t.Errorf("%s: %s", name, got)
		}
		if got := defaultOptionGroup(c.engine, c.version); got != c.options {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// The network of the copies lets the engines' own ports through, whichever the
// source has.
func TestPortIsTheEngines(t *testing.T) {
	for engine, want := range map[string]int32{"postgres": 5432, "mysql": 3306, "mariadb": 3306} {
		from := origin{engine: engine, version: "8.0", snapshot: "s"}
		snapshot := fromSnapshotInput(run, target{}, from, groups{}, nil)
		moment := toPointInTimeInput(run, target{}, from, groups{}, nil)
		if aws.ToInt32(snapshot.Port) != want || aws.ToInt32(moment.Port) != want {
			t.Errorf("%s: %v and %v", engine, snapshot.Port, moment.Port)
		}
	}
}

func TestNameThatIsNoThrowawayIsNeverRestoredTo(t *testing.T) {
	f, spec, point := ready(t)
	production := run
	production.Throwaway = "orders-prod"
	_, err := f.StartRestore(context.Background(), production, spec, point)
	wantError(t, err, drill.InvalidInput)
}

// Whoever cleans up must know whether the restore may have been asked for.
func TestAnErrorBeforeTheRestoreCallSaysThatNoneWasMade(t *testing.T) {
	for _, operation := range []string{"DescribeDBSnapshots", "DescribeAccountAttributes", "DescribeDBSubnetGroups"} {
		f, spec, point := ready(t)
		f.refuge.fail[operation] = []error{failure("InternalFailure")}
		if _, err := start(f, spec, point); !wantError(t, err, drill.Transient).NotCalled {
			t.Errorf("%s: %v may have made something", operation, err)
		}
	}
	f, spec, point := ready(t)
	f.refuge.fail["RestoreDBInstanceFromDBSnapshot"] = []error{failure("InternalFailure")}
	if _, err := start(f, spec, point); wantError(t, err, drill.Transient).NotCalled {
		t.Errorf("%v: nobody knows what it made", err)
	}
}

// A plan that restores from the logs alone would not take a snapshot.
func TestABusySourceIsNotMendedByWhatThePlanExcludes(t *testing.T) {
	f, spec, point := ready(t)
	spec.RDS.From = drill.FromPITR
	f.refuge.fail["RestoreDBInstanceFromDBSnapshot"] = []error{failure("InvalidDBInstanceState")}
	_, err := start(f, spec, point)
	if e := wantError(t, err, drill.SourceBusy); strings.Contains(e.Hint, "taken instead") || !strings.Contains(e.Hint, "from: pitr") {
		t.Error(e.Hint)
	}
}
