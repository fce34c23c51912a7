package rds

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

const (
	home, refuge     = "eu-west-1", "eu-central-1"
	owner, survivor  = "111111111111", "222222222222"
	sourceResource   = "db-SOURCE"
	homeKey          = "arn:aws:kms:eu-west-1:111111111111:key/home"
	refugeKey        = "arn:aws:kms:eu-central-1:111111111111:key/refuge"
	survivorKey      = "arn:aws:kms:eu-central-1:222222222222:key/survivor"
	instanceARN      = "arn:aws:rds:eu-west-1:111111111111:db:orders-prod"
	replicaBackupARN = "arn:aws:rds:eu-central-1:111111111111:auto-backup:ab-1"
)

var now = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)

func ago(d time.Duration) *time.Time { return aws.Time(now.Add(-d)) }

// failure is an answer of AWS with an error code.
func failure(code string) error {
	status := 400
	if code == "InternalFailure" || code == "ServiceUnavailable" {
		status = 500
	}
	return &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
		Err:      &smithy.GenericAPIError{Code: code, Message: "the fake says so"},
	}
}

// fakeRegion is as much of a region as the tests need. Every call goes into
// calls; fail has the next calls of an operation fail.
type fakeRegion struct {
	instances map[string]*types.DBInstance
	snapshots []types.DBSnapshot
	backups   []types.DBInstanceAutomatedBackup
	quotas    []types.AccountQuota
	subnets   []types.DBSubnetGroup
	params    []types.DBParameterGroup
	options   []types.OptionGroup
	events    []types.Event
	keys      map[string]kmstypes.KeyMetadata
	noRole    bool
	fail      map[string][]error
	calls     []string
	pageSize  int // of lists; zero: 2
	// restores and the other inputs, as they arrived
	restored []any
	modified []*awsrds.ModifyDBInstanceInput
	deleted  []*awsrds.DeleteDBInstanceInput
	asked    []*awsrds.DescribeEventsInput
	// onRestore runs before the answer: a call may fail and take effect.
	onRestore func()
}

func newRegion() *fakeRegion {
	return &fakeRegion{instances: map[string]*types.DBInstance{}, fail: map[string][]error{}, keys: map[string]kmstypes.KeyMetadata{}}
}

func (f *fakeRegion) call(name string) error {
	f.calls = append(f.calls, name)
	if len(f.fail[name]) == 0 {
		return nil
	}
	err := f.fail[name][0]
	f.fail[name] = f.fail[name][1:]
	return err
}

func (f *fakeRegion) count(name string) int {
	n := 0
	for _, c := range f.calls {
		if c == name {
			n++
		}
	}
	return n
}

// page cuts a list as AWS does.
func page[T any](all []T, marker *string, size int) ([]T, *string) {
	from, _ := strconv.Atoi(aws.ToString(marker))
	if size == 0 {
		size = 2
	}
	to := min(from+size, len(all))
	if to == len(all) {
		return all[from:], nil
	}
	return all[from:to], aws.String(strconv.Itoa(to))
}

func filter(filters []types.Filter, name, value string) bool {
	for _, f := range filters {
		if aws.ToString(f.Name) == name && !slices.Contains(f.Values, value) {
			return false
		}
	}
	return true
}

func (f *fakeRegion) DescribeDBInstances(_ context.Context, in *awsrds.DescribeDBInstancesInput, _ ...func(*awsrds.Options)) (*awsrds.DescribeDBInstancesOutput, error) {
	if err := f.call("DescribeDBInstances"); err != nil {
		return nil, err
	}
	if in.DBInstanceIdentifier != nil {
		found := f.instances[*in.DBInstanceIdentifier]
		if found == nil {
			return nil, failure("DBInstanceNotFound")
		}
		return &awsrds.DescribeDBInstancesOutput{DBInstances: []types.DBInstance{*found}}, nil
	}
	var all []types.DBInstance
	for _, i := range f.instances {
		all = append(all, *i)
	}
	slices.SortFunc(all, func(a, b types.DBInstance) int {
		return strings.Compare(*a.DBInstanceIdentifier, *b.DBInstanceIdentifier)
	})
	out := &awsrds.DescribeDBInstancesOutput{}
	out.DBInstances, out.Marker = page(all, in.Marker, f.pageSize)
	return out, nil
}

func (f *fakeRegion) DescribeDBSnapshots(_ context.Context, in *awsrds.DescribeDBSnapshotsInput, _ ...func(*awsrds.Options)) (*awsrds.DescribeDBSnapshotsOutput, error) {
	if err := f.call("DescribeDBSnapshots"); err != nil {
		return nil, err
	}
	wanted := aws.ToString(in.SnapshotType)
	var all []types.DBSnapshot
	for _, s := range f.snapshots {
		kind := aws.ToString(s.SnapshotType)
		shared := parse(*s.DBSnapshotArn).AccountID == "999999999999" || kind == "shared"
		switch {
		case wanted == "" && in.DBSnapshotIdentifier == nil && (shared || kind != "automated" && kind != "manual"):
			continue
		case wanted == "" && in.DBSnapshotIdentifier != nil && kind != "manual":
			continue // "the SnapshotType parameter must also be specified"
		case wanted == "shared" && !shared, wanted != "" && wanted != "shared" && (shared || kind != wanted):
			continue
		}
		if in.DBSnapshotIdentifier != nil && *in.DBSnapshotIdentifier != *s.DBSnapshotIdentifier && *in.DBSnapshotIdentifier != *s.DBSnapshotArn {
			continue
		}
		if shared && in.DBSnapshotIdentifier != nil && *in.DBSnapshotIdentifier != *s.DBSnapshotArn {
			continue
		}
		if filter(in.Filters, "dbi-resource-id", aws.ToString(s.DbiResourceId)) && filter(in.Filters, "db-instance-id", *s.DBInstanceIdentifier) {
			all = append(all, s)
		}
	}
	if in.DBSnapshotIdentifier != nil && len(all) == 0 {
		return nil, failure("DBSnapshotNotFound")
	}
	out := &awsrds.DescribeDBSnapshotsOutput{}
	out.DBSnapshots, out.Marker = page(all, in.Marker, f.pageSize)
	return out, nil
}

func (f *fakeRegion) DescribeDBInstanceAutomatedBackups(_ context.Context, in *awsrds.DescribeDBInstanceAutomatedBackupsInput, _ ...func(*awsrds.Options)) (*awsrds.DescribeDBInstanceAutomatedBackupsOutput, error) {
	if err := f.call("DescribeDBInstanceAutomatedBackups"); err != nil {
		return nil, err
	}
	var all []types.DBInstanceAutomatedBackup
	for _, b := range f.backups {
		if in.DBInstanceAutomatedBackupsArn != nil && *in.DBInstanceAutomatedBackupsArn != *b.DBInstanceAutomatedBackupsArn {
			continue
		}
		if filter(in.Filters, "db-instance-id", aws.ToString(b.DBInstanceIdentifier)) {
			all = append(all, b)
		}
	}
	out := &awsrds.DescribeDBInstanceAutomatedBackupsOutput{}
	out.DBInstanceAutomatedBackups, out.Marker = page(all, in.Marker, f.pageSize)
	return out, nil
}

func (f *fakeRegion) DescribeAccountAttributes(context.Context, *awsrds.DescribeAccountAttributesInput, ...func(*awsrds.Options)) (*awsrds.DescribeAccountAttributesOutput, error) {
	return &awsrds.DescribeAccountAttributesOutput{AccountQuotas: f.quotas}, f.call("DescribeAccountAttributes")
}

func (f *fakeRegion) DescribeDBSubnetGroups(_ context.Context, in *awsrds.DescribeDBSubnetGroupsInput, _ ...func(*awsrds.Options)) (*awsrds.DescribeDBSubnetGroupsOutput, error) {
	if err := f.call("DescribeDBSubnetGroups"); err != nil {
		return nil, err
	}
	for _, g := range f.subnets {
		if *g.DBSubnetGroupName == *in.DBSubnetGroupName {
			return &awsrds.DescribeDBSubnetGroupsOutput{DBSubnetGroups: []types.DBSubnetGroup{g}}, nil
		}
	}
	return nil, failure("DBSubnetGroupNotFoundFault")
}

func (f *fakeRegion) DescribeDBParameterGroups(_ context.Context, in *awsrds.DescribeDBParameterGroupsInput, _ ...func(*awsrds.Options)) (*awsrds.DescribeDBParameterGroupsOutput, error) {
	if err := f.call("DescribeDBParameterGroups"); err != nil {
		return nil, err
	}
	for _, g := range f.params {
		if *g.DBParameterGroupName == *in.DBParameterGroupName {
			return &awsrds.DescribeDBParameterGroupsOutput{DBParameterGroups: []types.DBParameterGroup{g}}, nil
		}
	}
	return nil, failure("DBParameterGroupNotFound")
}

func (f *fakeRegion) DescribeOptionGroups(_ context.Context, in *awsrds.DescribeOptionGroupsInput, _ ...func(*awsrds.Options)) (*awsrds.DescribeOptionGroupsOutput, error) {
	if err := f.call("DescribeOptionGroups"); err != nil {
		return nil, err
	}
	for _, g := range f.options {
		if *g.OptionGroupName == *in.OptionGroupName {
			return &awsrds.DescribeOptionGroupsOutput{OptionGroupsList: []types.OptionGroup{g}}, nil
		}
	}
	return nil, failure("OptionGroupNotFoundFault")
}

// The region offers everything, and supports it for long.
func (f *fakeRegion) DescribeDBMajorEngineVersions(_ context.Context, in *awsrds.DescribeDBMajorEngineVersionsInput, _ ...func(*awsrds.Options)) (*awsrds.DescribeDBMajorEngineVersionsOutput, error) {
	return &awsrds.DescribeDBMajorEngineVersionsOutput{DBMajorEngineVersions: []types.DBMajorEngineVersion{{
		Engine: in.Engine, MajorEngineVersion: in.MajorEngineVersion,
		SupportedEngineLifecycles: []types.SupportedEngineLifecycle{{LifecycleSupportName: types.LifecycleSupportNameOpenSourceRdsStandardSupport, LifecycleSupportEndDate: aws.Time(now.AddDate(3, 0, 0))}},
	}}}, f.call("DescribeDBMajorEngineVersions")
}

func (f *fakeRegion) DescribeDBEngineVersions(_ context.Context, in *awsrds.DescribeDBEngineVersionsInput, _ ...func(*awsrds.Options)) (*awsrds.DescribeDBEngineVersionsOutput, error) {
	return &awsrds.DescribeDBEngineVersionsOutput{DBEngineVersions: []types.DBEngineVersion{{Engine: in.Engine, EngineVersion: in.EngineVersion}}}, f.call("DescribeDBEngineVersions")
}

func (f *fakeRegion) DescribeOrderableDBInstanceOptions(_ context.Context, in *awsrds.DescribeOrderableDBInstanceOptionsInput, _ ...func(*awsrds.Options)) (*awsrds.DescribeOrderableDBInstanceOptionsOutput, error) {
	return &awsrds.DescribeOrderableDBInstanceOptionsOutput{OrderableDBInstanceOptions: []types.OrderableDBInstanceOption{{DBInstanceClass: in.DBInstanceClass, StorageType: aws.String("gp3")}}}, f.call("DescribeOrderableDBInstanceOptions")
}

func (f *fakeRegion) DescribeEvents(_ context.Context, in *awsrds.DescribeEventsInput, _ ...func(*awsrds.Options)) (*awsrds.DescribeEventsOutput, error) {
	f.asked = append(f.asked, in)
	return &awsrds.DescribeEventsOutput{Events: f.events}, f.call("DescribeEvents")
}

func (f *fakeRegion) RestoreDBInstanceFromDBSnapshot(_ context.Context, in *awsrds.RestoreDBInstanceFromDBSnapshotInput, _ ...func(*awsrds.Options)) (*awsrds.RestoreDBInstanceFromDBSnapshotOutput, error) {
	f.restored = append(f.restored, in)
	if f.onRestore != nil {
		f.onRestore()
	}
	if err := f.call("RestoreDBInstanceFromDBSnapshot"); err != nil {
		return nil, err
	}
	return &awsrds.RestoreDBInstanceFromDBSnapshotOutput{DBInstance: &types.DBInstance{
		DBInstanceArn: aws.String("arn:aws:rds:eu-central-1:111111111111:db:" + *in.DBInstanceIdentifier),
	}}, nil
}

func (f *fakeRegion) RestoreDBInstanceToPointInTime(_ context.Context, in *awsrds.RestoreDBInstanceToPointInTimeInput, _ ...func(*awsrds.Options)) (*awsrds.RestoreDBInstanceToPointInTimeOutput, error) {
	f.restored = append(f.restored, in)
	if err := f.call("RestoreDBInstanceToPointInTime"); err != nil {
		return nil, err
	}
	return &awsrds.RestoreDBInstanceToPointInTimeOutput{DBInstance: &types.DBInstance{}}, nil
}

func (f *fakeRegion) ModifyDBInstance(_ context.Context, in *awsrds.ModifyDBInstanceInput, _ ...func(*awsrds.Options)) (*awsrds.ModifyDBInstanceOutput, error) {
	f.modified = append(f.modified, in)
	if err := f.call("ModifyDBInstance"); err != nil {
		return nil, err
	}
	if in.DeletionProtection != nil {
		f.instances[*in.DBInstanceIdentifier].DeletionProtection = in.DeletionProtection
	}
	return &awsrds.ModifyDBInstanceOutput{}, nil
}

func (f *fakeRegion) DeleteDBInstance(_ context.Context, in *awsrds.DeleteDBInstanceInput, _ ...func(*awsrds.Options)) (*awsrds.DeleteDBInstanceOutput, error) {
	f.deleted = append(f.deleted, in)
	return &awsrds.DeleteDBInstanceOutput{}, f.call("DeleteDBInstance")
}

func (f *fakeRegion) PromoteReadReplica(context.Context, *awsrds.PromoteReadReplicaInput, ...func(*awsrds.Options)) (*awsrds.PromoteReadReplicaOutput, error) {
	return &awsrds.PromoteReadReplicaOutput{}, f.call("PromoteReadReplica")
}

func (f *fakeRegion) AddTagsToResource(context.Context, *awsrds.AddTagsToResourceInput, ...func(*awsrds.Options)) (*awsrds.AddTagsToResourceOutput, error) {
	return &awsrds.AddTagsToResourceOutput{}, f.call("AddTagsToResource")
}

func (f *fakeRegion) DescribeKey(_ context.Context, in *kms.DescribeKeyInput, _ ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	if err := f.call("DescribeKey"); err != nil {
		return nil, err
	}
	key, found := f.keys[*in.KeyId]
	if !found {
		return nil, failure("NotFoundException")
	}
	return &kms.DescribeKeyOutput{KeyMetadata: &key}, nil
}

func (f *fakeRegion) GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error) {
	if f.noRole {
		return nil, failure("NoSuchEntity")
	}
	return &iam.GetRoleOutput{}, f.call("GetRole")
}

// fakeAWS is the adapter on two fake regions.
type fakeAWS struct {
	*Adapter
	home, refuge *fakeRegion
	clock        *clock.Virtual
}

func newFake(t *testing.T, change ...func(*Options)) fakeAWS {
	t.Helper()
	f := fakeAWS{home: newRegion(), refuge: newRegion(), clock: clock.NewVirtual(now)}
	o := Options{Clock: f.clock, Account: owner}
	for _, c := range change {
		c(&o)
	}
	f.Adapter = newAdapter(o, func(region string) clients {
		r := map[string]*fakeRegion{home: f.home, refuge: f.refuge}[region]
		if r == nil {
			t.Fatalf("region %s was asked", region)
		}
		return clients{rds: r, keys: r, roles: r}
	})
	for _, r := range []*fakeRegion{f.home, f.refuge} {
		r.quotas = []types.AccountQuota{quota("DBInstances", 3, 40), quota("AllocatedStorage", 300, 100000)}
		r.subnets = []types.DBSubnetGroup{{DBSubnetGroupName: aws.String("lifeboat-prod"), SubnetGroupStatus: aws.String("Complete")}}
	}
	for _, k := range []string{homeKey, refugeKey, survivorKey} {
		key := kmstypes.KeyMetadata{Arn: aws.String(k), KeyId: aws.String(keyID(k)), Enabled: true, KeyState: kmstypes.KeyStateEnabled}
		f.home.keys[k], f.refuge.keys[k] = key, key
	}
	return f
}

func quota(name string, used, limit int64) types.AccountQuota {
	return types.AccountQuota{AccountQuotaName: &name, Used: &used, Max: &limit}
}
