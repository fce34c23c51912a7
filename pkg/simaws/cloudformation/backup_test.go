package cloudformation_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
)

const backups = `{"Resources": {` + role + `,
	"V": {"Type": "AWS::Backup::BackupVault", "Properties": {"BackupVaultName": "v", "EncryptionKeyArn": "arn:aws:kms:eu-central-1:111122223333:key/k", "AccessPolicy": {"Statement": []},
		"LockConfiguration": {"MinRetentionDays": 7, "MaxRetentionDays": 90, "ChangeableForDays": 3}, "Notifications": {"BackupVaultEvents": ["COPY_JOB_FAILED"], "SNSTopicArn": "arn:aws:sns:eu-central-1:111122223333:t"}}},
	"P": {"Type": "AWS::Backup::BackupPlan", "Properties": {"BackupPlan": {"BackupPlanName": "p", "BackupPlanRule": [{"RuleName": "hourly", "TargetBackupVault": {"Ref": "V"}, "ScheduleExpression": "cron(0 * ? * * *)",
		"StartWindowMinutes": 60, "CompletionWindowMinutes": 180, "Lifecycle": {"DeleteAfterDays": 35}, "CopyActions": [{"DestinationBackupVaultArn": {"Fn::GetAtt": ["V", "BackupVaultArn"]}, "Lifecycle": {"DeleteAfterDays": 35}}]}]}}},
	"S": {"Type": "AWS::Backup::BackupSelection", "Properties": {"BackupPlanId": {"Fn::GetAtt": ["P", "BackupPlanId"]}, "BackupSelection": {"SelectionName": "s", "IamRoleArn": {"Fn::GetAtt": ["R", "Arn"]}, "Resources": ["*"],
		"Conditions": {"StringEquals": [{"ConditionKey": "aws:ResourceTag/Backup", "ConditionValue": "yes"}]}}}},
	"A": {"Type": "AWS::Backup::LogicallyAirGappedBackupVault", "Properties": {"BackupVaultName": "a", "MinRetentionDays": 7, "MaxRetentionDays": 35}}
}}`

func TestBackups(t *testing.T) {
	a := newAccount(nil)
	if err := a.Deploy(assembly(t, backups)); err != nil {
		t.Fatal(err)
	}
	v := a.Cloud.Backup.Vault(account, region, "v")
	want := backup.Lock{MinDays: 7, MaxDays: 90, Date: time.Date(2026, 11, 5, 3, 0, 0, 0, time.UTC)}
	if *v.Lock != want || v.Notify.Events[0] != "COPY_JOB_FAILED" || v.Key == "" || string(a.OfResource("arn:aws:backup:eu-central-1:111122223333:backup-vault:v")) != `{"Statement":[]}` {
		t.Errorf("%+v, %+v", v, v.Lock)
	}
	if gapped := a.Cloud.Backup.Vault(account, region, "a"); !gapped.AirGapped || gapped.Lock.MaxDays != 35 {
		t.Errorf("%+v", gapped)
	}
	p := a.Cloud.Backup.Plans(account, region)[0]
	if p.Name != "p" || p.Rules[0].Vault != "v" || p.Rules[0].StartWindow != time.Hour || p.Rules[0].Copies[0].Vault != "arn:aws:backup:eu-central-1:111122223333:backup-vault:v" {
		t.Errorf("%+v", p)
	}
	if diff := cmp.Diff([]backup.Tag{{Key: "aws:ResourceTag/Backup", Value: "yes"}}, p.Selections()[0].Conditions.StringEquals); diff != "" || p.Selections()[0].Role == "" {
		t.Errorf("%+v", p.Selections()[0])
	}
	if err := a.Deploy(assembly(t, strings.Replace(backups, `"MaxRetentionDays": 90`, `"MaxRetentionDays": 60`, 1))); err != nil {
		t.Errorf("within its grace a lock is changed: %v", err)
	}
	if err := a.Deploy(assembly(t, `{"Resources": {`+role+`}}`)); err != nil || len(a.Cloud.Backup.Plans(account, region)) != 0 || a.Cloud.Backup.Vault(account, region, "v") != nil {
		t.Errorf("what the template has no more is gone: %v", err)
	}
}

func TestBackupsThatAWSRefuses(t *testing.T) {
	for name, c := range map[string]struct{ from, to, says string }{
		"grace":         {`"ChangeableForDays": 3`, `"ChangeableForDays": 2`, "below 3"},
		"no role":       {`{"Fn::GetAtt": ["R", "Arn"]}`, `"arn:aws:iam::111122223333:role/x"`, "there is no role"},
		"bounds":        {`"MinRetentionDays": 7, "MaxRetentionDays": 90`, `"MinRetentionDays": 7, "MaxRetentionDays": 6`, "below MinRetentionDays"},
		"start window":  {`"StartWindowMinutes": 60`, `"StartWindowMinutes": 30`, "shorter than 60 minutes"},
		"air-gapped":    {`"MinRetentionDays": 7, "MaxRetentionDays": 35`, `"MinRetentionDays": 6, "MaxRetentionDays": 35`, "7 at least"},
		"unknown field": {`"RuleName": "hourly"`, `"RuleName": "hourly", "Hourly": true`, "Hourly"},
	} {
		err := newAccount(nil).Deploy(assembly(t, strings.Replace(backups, c.from, c.to, 1)))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRoleWithAPolicyOfAWS(t *testing.T) {
	attached := strings.Replace(role, `"RoleName": "r"`, `"RoleName": "r", "ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"]`, 1)
	a := newAccount(nil)
	if err := a.Deploy(assembly(t, `{"Resources": {`+attached+`}}`)); err != nil {
		t.Fatal(err)
	}
	if of := a.OfRole("arn:aws:iam::111122223333:role/r"); len(of) != 1 || !strings.Contains(string(of[0]), "rds:CreateDBSnapshot") || !json.Valid(of[0]) {
		t.Errorf("%s", of)
	}
	other := strings.Replace(attached, "AWSBackupServiceRolePolicyForBackup", "Unheard", 1)
	if err := newAccount(nil).Deploy(assembly(t, `{"Resources": {`+other+`}}`)); err == nil {
		t.Error("what it allows nobody knows")
	}
}

// One deployment has stacks in several regions and accounts: what has one name in
// both is two things.
func TestStacksInSeveralPlaces(t *testing.T) {
	const template = `{"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": {"Statement": []}}},
		"P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": ["r"], "PolicyDocument": {"Statement": []}}},
		"L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "l"}}, "T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}},
		"F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f", "Handler": "bootstrap", "Runtime": "provided.al2023", "Role": {"Fn::GetAtt": ["R", "Arn"]}, "Code": {"S3Bucket": "b", "S3Key": "a.zip"}}},
		"Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "F"}}}}}`
	first := assembly(t, template)
	folder := first.Folder
	for file, text := range map[string]string{
		"T.template.json": template,
		"manifest.json": `{"artifacts": {
			"S.assets": {"type": "cdk:asset-manifest", "properties": {"file": "S.assets.json"}},
			"S": {"type": "aws:cloudformation:stack", "environment": "aws://111122223333/eu-central-1", "properties": {"templateFile": "S.template.json", "stackName": "s"}},
			"T": {"type": "aws:cloudformation:stack", "environment": "aws://444455556666/eu-west-1", "properties": {"templateFile": "T.template.json", "stackName": "s"}}}}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	both, err := cfn.ReadAssembly(folder)
	if err != nil {
		t.Fatal(err)
	}
	a := newAccount(nil)
	for range 2 { // made, then updated
		if err := a.Deploy(both); err != nil {
			t.Fatal(err)
		}
	}
	for _, place := range [][2]string{{account, region}, {"444455556666", "eu-west-1"}} {
		if _, there := a.Function("arn:aws:lambda:" + place[1] + ":" + place[0] + ":function:f:1"); !there {
			t.Errorf("%v: no version", place)
		}
		if arn, there := a.LogGroup(place[0], place[1], "l"); !there || !strings.Contains(arn, place[1]+":"+place[0]) {
			t.Errorf("%v: %s", place, arn)
		}
		if r := a.Role("arn:aws:iam::" + place[0] + ":role/r"); r == nil || r.Policies["p"] == nil {
			t.Errorf("%v: %+v", place, r)
		}
	}
}
