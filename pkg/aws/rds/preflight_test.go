package rds

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

func TestPreflightRefusesBeforeAnythingIsCreated(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*fakeRegion, *drill.Spec)
		want   drill.ErrorName
		words  []string
	}{
		"instances": {"quota", func(f *fakeRegion, _ *drill.Spec) {
			f.quotas = []types.AccountQuota{quota("DBInstances", 40, 40)}
		}, drill.QuotaReached, []string{"40 of 40", "--quota-code L-7B6409FD --desired-value 41 --region eu-central-1"}},
		"storage": {"quota", func(f *fakeRegion, _ *drill.Spec) {
			f.quotas = []types.AccountQuota{quota("AllocatedStorage", 950, 1000)}
		}, drill.QuotaReached, []string{"950 of 1000", "needs 100", "--desired-value 1050"}},
		"subnet group": {"in the recovery region", func(f *fakeRegion, _ *drill.Spec) { f.subnets = nil },
			drill.RestoreRefused, []string{"lifeboat-prod", "aws rds create-db-subnet-group", refuge}},
		"no security group": {"AWS's default is the VPC's", func(_ *fakeRegion, s *drill.Spec) { s.Place.SecurityGroups = nil },
			drill.RestoreRefused, []string{"deployment"}},
		"parameter group": {"in the recovery region", func(_ *fakeRegion, s *drill.Spec) { s.RDS.ParameterGroup = "orders" },
			drill.RestoreRefused, []string{"aws rds create-db-parameter-group --db-parameter-group-name orders --db-parameter-group-family postgres16"}},
		"parameter group's family": {"must fit", func(f *fakeRegion, s *drill.Spec) {
			s.RDS.ParameterGroup = "orders"
			f.params = []types.DBParameterGroup{{DBParameterGroupName: aws.String("orders"), DBParameterGroupFamily: aws.String("postgres15")}}
		}, drill.RestoreRefused, []string{"postgres15", "postgres16"}},
		"option group": {"in the recovery region", func(_ *fakeRegion, s *drill.Spec) { s.RDS.OptionGroup = "audit" },
			drill.RestoreRefused, []string{"aws rds create-option-group --option-group-name audit --engine-name postgres --major-engine-version 16"}},
		"option group's engine": {"must fit", func(f *fakeRegion, s *drill.Spec) {
			s.RDS.OptionGroup = "audit"
			f.options = []types.OptionGroup{{OptionGroupName: aws.String("audit"), EngineName: aws.String("mysql"), MajorEngineVersion: aws.String("8.0")}}
		}, drill.RestoreRefused, []string{"mysql 8.0", "postgres 16"}},
		"key disabled": {"cannot be used", func(f *fakeRegion, _ *drill.Spec) { f.setKey(kmstypes.KeyStateDisabled) },
			drill.RestoreRefused, []string{"aws kms enable-key --key-id refuge --region eu-central-1"}},
		"key dying": {"cannot be used", func(f *fakeRegion, _ *drill.Spec) { f.setKey(kmstypes.KeyStatePendingDeletion) },
			drill.RestoreRefused, []string{"aws kms cancel-key-deletion --key-id refuge"}},
		"key without material": {"it cannot be enabled", func(f *fakeRegion, _ *drill.Spec) { f.setKey(kmstypes.KeyStatePendingImport) },
			drill.RestoreRefused, []string{"is PendingImport", "import the same key material again: aws kms get-parameters-for-import --key-id refuge"}},
		"key gone": {"cannot be used", func(f *fakeRegion, _ *drill.Spec) { delete(f.keys, refugeKey) }, drill.RestoreRefused, []string{refugeKey}},
		"key forbidden": {"the caller needs more than DescribeKey", func(f *fakeRegion, _ *drill.Spec) {
			f.fail["DescribeKey"] = []error{failure("AccessDeniedException")}
		}, drill.RestoreRefused, []string{"kms:CreateGrant", "kms:GrantIsForAWSResource"}},
		"another key than the plan's": {"the plan is not what is copied", func(_ *fakeRegion, s *drill.Spec) { s.Place.KMSKey = homeKey },
			drill.RestoreRefused, []string{homeKey, refugeKey}},
		"service-linked role": {"a fresh account lacks it", func(f *fakeRegion, _ *drill.Spec) { f.noRole = true },
			drill.RestoreRefused, []string{"aws iam create-service-linked-role --aws-service-name rds.amazonaws.com"}},
		"several": {"all are named", func(f *fakeRegion, s *drill.Spec) {
			f.noRole, s.RDS.ParameterGroup = true, "orders"
			f.quotas = []types.AccountQuota{quota("DBInstances", 40, 40)}
		}, drill.QuotaReached, []string{"40 of 40", "create-service-linked-role", "create-db-parameter-group"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f, spec, point := ready(t)
			c.change(f.refuge, &spec)
			_, err := start(f, spec, point)
			e := wantError(t, err, c.want)
			for _, word := range c.words {
				if !strings.Contains(e.Error()+" "+e.Hint, word) {
					t.Errorf("%s: %q and its hint %q lack %q", c.reason, e.Error(), e.Hint, word)
				}
			}
			if len(f.refuge.restored) > 0 {
				t.Errorf("%s: it was restored nevertheless", c.reason)
			}
		})
	}
}

func (f *fakeRegion) setKey(state kmstypes.KeyState) {
	key := f.keys[refugeKey]
	key.KeyState, key.Enabled = state, false
	f.keys[refugeKey] = key
}

func TestQuotaThatOurOwnCopyFillsDoesNotStopARepeatedCall(t *testing.T) {
	f, spec, point := ready(t)
	f.refuge.quotas = []types.AccountQuota{quota("DBInstances", 40, 40)}
	f.refuge.instances[run.Throwaway] = copyInstance()
	if res, err := start(f, spec, point); err != nil || res.ID != run.Throwaway {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestUnreachableIAMDoesNotStopARestore(t *testing.T) {
	f, spec, point := ready(t)
	f.refuge.fail["GetRole"] = []error{context.DeadlineExceeded}
	if _, err := start(f, spec, point); err != nil {
		t.Error("IAM's control plane lies in one region, and a recovery must not need it: ", err)
	}
}
