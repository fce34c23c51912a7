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

// Every state of AWS's list, and one that is on none, is decided: the copy
// serves, it is waited for, or the drill ends by name and with a hint.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status
func TestEveryStateIsDecided(t *testing.T) {
	const serves, waits = "serves", "waits"
	tests := map[string]struct {
		decided, reason string
		says            string // code of the finding; "": none
	}{
		"available":                           {serves, "", ""},
		"backing-up":                          {waits, "no connection is promised while a first backup is made", ""},
		"configuring-enhanced-monitoring":     {waits, "a change that ends by itself", ""},
		"configuring-iam-database-auth":       {waits, "a change that ends by itself", ""},
		"configuring-log-exports":             {waits, "a change that ends by itself", ""},
		"converting-to-vpc":                   {waits, "a change that ends by itself; the posture is looked at then", ""},
		"creating":                            {waits, "", ""},
		"delete-precheck":                     {"RestoreFailed", "somebody deletes it", ""},
		"deleting":                            {"RestoreFailed", "somebody deletes it", ""},
		"deleted":                             {"RestoreFailed", "not on the list, and seen", ""},
		"failed":                              {"RestoreFailed", "", ""},
		"inaccessible-encryption-credentials": {"RestoreFailed", "", ""},
		"inaccessible-encryption-credentials-recoverable": {"RestoreFailed", "recoverable by a restart, which no drill does", ""},
		"incompatible-create":                             {"RestoreFailed", "", ""},
		"incompatible-network":                            {"RestoreFailed", "", ""},
		"incompatible-option-group":                       {"RestoreFailed", "", ""},
		"incompatible-parameters":                         {"RestoreFailed", "", ""},
		"incompatible-restore":                            {"RestoreFailed", "", ""},
		"insufficient-capacity":                           {"NoCapacity", "AWS says to delete it and to try again", ""},
		"maintenance":                                     {waits, "", ""},
		"modifying":                                       {waits, "the last part of every restore", ""},
		"moving-to-vpc":                                   {waits, "a change that ends by itself; the posture is looked at then", ""},
		"rebooting":                                       {waits, "RDS itself may need it", ""},
		"resetting-master-credentials":                    {waits, "part of the login", ""},
		"renaming":                                        {"RestoreFailed", "under another name it would not be found, nor removed", ""},
		"restore-error":                                   {"RestoreFailed", "", ""},
		"starting":                                        {waits, "it comes back, later than it would have", "CopyRestarted"},
		"stopped":                                         {"CopyStopped", "RDS starts it after seven days", ""},
		"stopping":                                        {"CopyStopped", "", ""},
		"storage-config-upgrade":                          {serves, "", ""},
		"storage-full":                                    {"RestoreFailed", "the engine is shut down", ""},
		"storage-initialization":                          {serves, "slower", ""},
		"storage-optimization":                            {serves, "slower", ""},
		"upgrading":                                       {waits, "a version that is past its support is upgraded on the way", ""},
		"upgrade-failed":                                  {"RestoreFailed", "", ""},
		"a state of next year":                            {waits, "it may be harmless, and the limit ends it", "StateUnknown"},
	}
	for state, tc := range tests {
		t.Run(state, func(t *testing.T) {
			status, err := look(t, newFake(t), copyInstance(inState(state)))
			got := waits
			switch {
			case err != nil:
				got = string(drill.NameOf(err))
			case status.Available:
				got = serves
			}
			if got != tc.decided {
				t.Fatalf("%s instead of %s: %s", got, tc.decided, tc.reason)
			}
			if err != nil && (!strings.Contains(err.Error(), state) || drill.HintOf(err) == "") {
				t.Errorf("%v (%s)", err, drill.HintOf(err))
			}
			says := ""
			if len(status.Findings) > 0 {
				says = status.Findings[0].Code
			}
			if says != tc.says {
				t.Errorf("it says %q instead of %q", says, tc.says)
			}
		})
	}
	for _, table := range []map[string]bool{serving, passing} {
		for state := range table {
			if _, tested := tests[state]; !tested {
				t.Errorf("state %s is in a table and not tested", state)
			}
		}
	}
	for state := range dead {
		if _, tested := tests[state]; !tested || serving[state] || passing[state] {
			t.Errorf("state %s is in two tables, or not tested", state)
		}
	}
}

// A copy that does not start with its parameters says which group the source
// has, and what to write; where the source cannot be asked, how to find out.
func TestIncompatibleParametersNameTheGroupOfTheSource(t *testing.T) {
	group := func(name string) func(*types.DBInstance) {
		return func(i *types.DBInstance) {
			i.DBParameterGroups = []types.DBParameterGroupStatus{{DBParameterGroupName: aws.String(name)}}
		}
	}
	tests := map[string]struct {
		reason, source, copied string
		lost                   bool
		what, hint             []string
	}{
		"the plan names none": {
			"the default lacks the source's settings", "orders-pg16", "default.postgres16", false,
			[]string{"default.postgres16", "orders-prod is orders-pg16"}, []string{"parameterGroup: orders-pg16", "--db-parameter-group-family postgres16", "--region " + refuge},
		},
		"the plan names another": {"it is not the source's", "orders-pg16", "small", false, []string{"small", "orders-pg16"}, []string{"parameterGroup: orders-pg16"}},
		"of the same name":       {"each region has its own", "orders-pg16", "orders-pg16", false, []string{"orders-pg16"}, []string{"same settings", "db.m6g.large"}},
		"both the default":       {"only the class is another", "default.postgres16", "default.postgres16", false, []string{"default.postgres16"}, []string{"db.m6g.large"}},
		"only the copy's":        {"the plan names one that the source does not have", "default.postgres16", "orders-pg16", false, []string{"orders-pg16"}, []string{"leave drill.parameterGroup out"}},
		"the source is lost":     {"the command says it later", "", "default.postgres16", true, []string{"default.postgres16"}, []string{"aws rds describe-db-instances", home, "parameterGroup:"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			source := sourceInstance()
			source.DBInstanceClass = aws.String("db.m6g.large")
			group(tc.source)(source)
			f.home.instances["orders-prod"] = source
			if tc.lost {
				f.home.fail["DescribeDBInstances"] = []error{failure("ServiceUnavailable")}
			}
			_, err := look(t, f, copyInstance(inState("incompatible-parameters"), group(tc.copied)))
			e := wantError(t, err, drill.RestoreFailed)
			for _, word := range tc.what {
				if !strings.Contains(e.What, word) {
					t.Errorf("%s: %q lacks %s", tc.reason, e.What, word)
				}
			}
			for _, word := range tc.hint {
				if !strings.Contains(e.Hint, word) {
					t.Errorf("%s: the hint %q lacks %s", tc.reason, e.Hint, word)
				}
			}
		})
	}
}

// A class that the copy has already is no advice.
func TestIncompatibleParametersDoNotAdviseTheClassThatItHas(t *testing.T) {
	for _, name := range []string{"default.postgres16", "orders-pg16"} {
		for copied, advised := range map[string]bool{"db.m6g.large": false, "db.t4g.micro": true} {
			f := newFake(t)
			source := sourceInstance()
			source.DBInstanceClass = aws.String("db.m6g.large")
			source.DBParameterGroups = []types.DBParameterGroupStatus{{DBParameterGroupName: aws.String(name)}}
			f.home.instances["orders-prod"] = source
			_, err := look(t, f, copyInstance(inState("incompatible-parameters"), func(i *types.DBInstance) {
				i.DBInstanceClass, i.DBParameterGroups = aws.String(copied), source.DBParameterGroups
			}))
			if e := wantError(t, err, drill.RestoreFailed); strings.Contains(e.Hint, "like the source's, db.m6g.large") != advised || !strings.Contains(e.Hint, "db.m6g.large") {
				t.Errorf("group %s, class %s: %s", name, copied, e.Hint)
			}
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
