package backup_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
)

func TestVaultAsItIsRead(t *testing.T) {
	l, ctx := newLab(2), context.Background()
	l.backup.SetVault(account, region, backup.Vault{
		Name: "copies", Key: key, Policy: json.RawMessage(`{"Version":"2012-10-17","Statement":[]}`), Lock: &backup.Lock{MinDays: 7, MaxDays: 90, Date: start.AddDate(0, 0, 3)},
		Notify: backup.Notifications{Topic: "arn:aws:sns:eu-central-1:111122223333:backups", Events: []string{"COPY_JOB_FAILED"}},
	})
	l.backup.SetVault(account, region, backup.Vault{Name: "gapped", AirGapped: true, Lock: &backup.Lock{MinDays: 7, MaxDays: 35}})
	name := aws.String("copies")
	v, err := l.DescribeBackupVault(ctx, &sdk.DescribeBackupVaultInput{BackupVaultName: name})
	if err != nil {
		t.Fatal(err)
	}
	if !*v.Locked || *v.MinRetentionDays != 7 || *v.MaxRetentionDays != 90 || !v.LockDate.Equal(start.AddDate(0, 0, 3)) || v.NumberOfRecoveryPoints != 2 ||
		v.EncryptionKeyType != "CUSTOMER_MANAGED_KMS_KEY" || *v.EncryptionKeyArn != key || v.VaultType != "BACKUP_VAULT" || v.VaultState != "AVAILABLE" || *v.BackupVaultArn != vaultARN {
		t.Errorf("%+v", v)
	}
	policy, err := l.GetBackupVaultAccessPolicy(ctx, &sdk.GetBackupVaultAccessPolicyInput{BackupVaultName: name})
	if err != nil || *policy.Policy != `{"Version":"2012-10-17","Statement":[]}` {
		t.Errorf("%v: %+v", err, policy)
	}
	told, err := l.GetBackupVaultNotifications(ctx, &sdk.GetBackupVaultNotificationsInput{BackupVaultName: name})
	if err != nil || *told.SNSTopicArn != "arn:aws:sns:eu-central-1:111122223333:backups" || told.BackupVaultEvents[0] != "COPY_JOB_FAILED" {
		t.Errorf("%v: %+v", err, told)
	}
	for operation, err := range map[string]error{
		"policy of a vault without one": second(l.GetBackupVaultAccessPolicy(ctx, &sdk.GetBackupVaultAccessPolicyInput{BackupVaultName: aws.String("gapped")})),
		"notifications":                 second(l.GetBackupVaultNotifications(ctx, &sdk.GetBackupVaultNotificationsInput{BackupVaultName: aws.String("gapped")})),
		"no vault":                      second(l.DescribeBackupVault(ctx, &sdk.DescribeBackupVaultInput{BackupVaultName: aws.String("x")})),
	} {
		if code(err) != "ResourceNotFoundException" {
			t.Errorf("%s: %v", operation, err)
		}
	}
	list, err := l.ListBackupVaults(ctx, &sdk.ListBackupVaultsInput{ByVaultType: "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"})
	if err != nil || len(list.BackupVaultList) != 1 || *list.BackupVaultList[0].BackupVaultName != "gapped" || !*list.BackupVaultList[0].Locked {
		t.Errorf("%v: %+v", err, list)
	}
}

func second[T any](_ T, err error) error { return err }

var hourly = backup.Rule{
	Name: "hourly", Vault: "copies", Schedule: "cron(0 * ? * * *)", StartWindow: time.Hour, CompletionWindow: 3 * time.Hour, Lifecycle: backup.Lifecycle{DeleteAfterDays: 35},
	Copies: []backup.CopyAction{{Vault: vaultARN, Lifecycle: backup.Lifecycle{DeleteAfterDays: 90, ColdAfterDays: 0}}},
}

func TestPlanAsItIsRead(t *testing.T) {
	l, ctx := newLab(0), context.Background()
	daily := backup.Rule{Name: "daily", Vault: "copies", Schedule: "cron(30 4 ? * * *)", Continuous: true, Lifecycle: backup.Lifecycle{DeleteAfterDays: 35}}
	id, err := l.backup.SetPlan(account, region, backup.Plan{Name: "p", Rules: []backup.Rule{hourly, daily}})
	if err != nil {
		t.Fatal(err)
	}
	plans, err := l.ListBackupPlans(ctx, nil)
	if err != nil || len(plans.BackupPlansList) != 1 || *plans.BackupPlansList[0].BackupPlanId != id || *plans.BackupPlansList[0].BackupPlanName != "p" {
		t.Fatalf("%v: %+v", err, plans)
	}
	p, err := l.GetBackupPlan(ctx, &sdk.GetBackupPlanInput{BackupPlanId: &id, MaxScheduledRunsPreview: 4})
	if err != nil {
		t.Fatal(err)
	}
	if *p.BackupPlan.BackupPlanName != "p" || len(p.BackupPlan.Rules) != 2 || *p.BackupPlanArn != "arn:aws:backup:eu-central-1:111122223333:backup-plan:"+id {
		t.Errorf("%+v", p)
	}
	first, second := p.BackupPlan.Rules[0], p.BackupPlan.Rules[1]
	if *first.StartWindowMinutes != 60 || *first.CompletionWindowMinutes != 180 || *first.Lifecycle.DeleteAfterDays != 35 || first.Lifecycle.MoveToColdStorageAfterDays != nil ||
		*first.CopyActions[0].DestinationBackupVaultArn != vaultARN || *first.CopyActions[0].Lifecycle.DeleteAfterDays != 90 {
		t.Errorf("%+v", first)
	}
	if *second.StartWindowMinutes != 480 || *second.CompletionWindowMinutes != 7*24*60 || !*second.EnableContinuousBackup {
		t.Errorf("AWS's defaults: %+v", second)
	}
	var got []string
	for _, run := range p.ScheduledRunsPreview {
		got = append(got, run.ExecutionTime.Format("15:04 ")+string(run.RuleExecutionType))
	}
	if diff := cmp.Diff([]string{"04:00 SNAPSHOTS", "04:30 CONTINUOUS", "05:00 SNAPSHOTS", "06:00 SNAPSHOTS"}, got); diff != "" {
		t.Error(diff)
	}
	if without, err := l.GetBackupPlan(ctx, &sdk.GetBackupPlanInput{BackupPlanId: &id}); err != nil || without.ScheduledRunsPreview != nil {
		t.Errorf("nobody asked for a preview: %v, %+v", err, without.ScheduledRunsPreview)
	}
	if _, err := l.GetBackupPlan(ctx, &sdk.GetBackupPlanInput{BackupPlanId: &id, MaxScheduledRunsPreview: 11}); code(err) != "InvalidParameterValueException" {
		t.Errorf("ten at most: %v", err)
	}
	if _, err := l.GetBackupPlan(ctx, &sdk.GetBackupPlanInput{BackupPlanId: aws.String("x")}); code(err) != "ResourceNotFoundException" {
		t.Error(err)
	}
}

func TestSelectionAsItIsRead(t *testing.T) {
	l, ctx := newLab(0), context.Background()
	plan, err := l.backup.SetPlan(account, region, backup.Plan{Name: "p", Rules: []backup.Rule{hourly}})
	if err != nil {
		t.Fatal(err)
	}
	id, err := l.backup.SetSelection(account, region, plan, backup.Selection{
		Name: "s", Role: "arn:aws:iam::111122223333:role/backup", Resources: []string{resource}, NotResources: []string{"arn:aws:rds:*:*:db:x-*"},
		Tags: []backup.Tag{{Key: "tier", Value: "gold"}}, Conditions: backup.Conditions{StringNotLike: []backup.Tag{{Key: "aws:ResourceTag/lifeboat:deployment", Value: "*"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := l.ListBackupSelections(ctx, &sdk.ListBackupSelectionsInput{BackupPlanId: &plan})
	if err != nil || len(list.BackupSelectionsList) != 1 || *list.BackupSelectionsList[0].SelectionId != id {
		t.Fatalf("%v: %+v", err, list)
	}
	got, err := l.GetBackupSelection(ctx, &sdk.GetBackupSelectionInput{BackupPlanId: &plan, SelectionId: &id})
	if err != nil {
		t.Fatal(err)
	}
	s := got.BackupSelection
	if s.Resources[0] != resource || s.NotResources[0] != "arn:aws:rds:*:*:db:x-*" || *s.ListOfTags[0].ConditionKey != "tier" || s.ListOfTags[0].ConditionType != "STRINGEQUALS" ||
		*s.Conditions.StringNotLike[0].ConditionKey != "aws:ResourceTag/lifeboat:deployment" || *s.IamRoleArn != "arn:aws:iam::111122223333:role/backup" {
		t.Errorf("%+v", s)
	}
}

func TestJobsAsTheyAreListed(t *testing.T) {
	l, ctx := newLab(0), context.Background()
	for i, state := range []backup.State{backup.StateCompleted, backup.StateFailed, backup.StateExpired, backup.StatePartial, backup.StateCompleted} {
		at := start.Add(-time.Duration(i) * 10 * 24 * time.Hour)
		l.backup.AddJob(account, region, backup.Job{
			Resource: resource, Vault: "copies", State: state, Message: map[bool]string{true: "why"}[state == backup.StateFailed], Created: at, Completed: at.Add(time.Hour),
			Lifecycle: backup.Lifecycle{DeleteAfterDays: 35}, By: backup.By{PlanID: "p", RuleName: "hourly"},
		})
		l.backup.AddCopy(account, region, backup.CopyJob{
			Resource: resource, SourceVault: vaultARN, SourcePoint: "arn:point", DestinationVault: "arn:aws:backup:eu-west-1:444455556666:backup-vault:far", State: state, Created: at,
		})
	}
	jobs, err := l.ListBackupJobs(ctx, &sdk.ListBackupJobsInput{ByResourceArn: aws.String(resource)})
	if err != nil || len(jobs.BackupJobs) != 4 {
		t.Fatalf("those of 30 days: %v, %d", err, len(jobs.BackupJobs))
	}
	if j := jobs.BackupJobs[1]; j.State != "FAILED" || *j.StatusMessage != "why" || *j.CreatedBy.BackupRuleName != "hourly" || *j.RecoveryPointLifecycle.DeleteAfterDays != 35 {
		t.Errorf("%+v", j)
	}
	failed, err := l.ListBackupJobs(ctx, &sdk.ListBackupJobsInput{ByState: "FAILED", ByBackupVaultName: aws.String("copies"), ByCreatedAfter: aws.Time(start.AddDate(0, 0, -11))})
	if err != nil || len(failed.BackupJobs) != 1 {
		t.Errorf("%v: %+v", err, failed)
	}
	one, err := l.DescribeBackupJob(ctx, &sdk.DescribeBackupJobInput{BackupJobId: jobs.BackupJobs[0].BackupJobId})
	if err != nil || one.State != "COMPLETED" || *one.MessageCategory != "SUCCESS" {
		t.Errorf("%v: %+v", err, one)
	}
	copies, err := l.ListCopyJobs(ctx, &sdk.ListCopyJobsInput{ByState: "COMPLETED", ByDestinationVaultArn: aws.String("arn:aws:backup:eu-west-1:444455556666:backup-vault:far")})
	if err != nil || len(copies.CopyJobs) != 1 {
		t.Fatalf("%v: %+v", err, copies)
	}
	copied, err := l.DescribeCopyJob(ctx, &sdk.DescribeCopyJobInput{CopyJobId: copies.CopyJobs[0].CopyJobId})
	if err != nil || *copied.CopyJob.SourceRecoveryPointArn != "arn:point" {
		t.Errorf("%v: %+v", err, copied)
	}
}

func TestOrganisationsSettings(t *testing.T) {
	l := newLab(0)
	for _, on := range []bool{false, true} {
		l.backup.Crossing(on)
		out, err := l.DescribeGlobalSettings(context.Background(), nil)
		if err != nil || (out.GlobalSettings["isCrossAccountBackupEnabled"] == "true") != on {
			t.Errorf("%v: %v", err, out.GlobalSettings)
		}
	}
}

func TestPlansThatAWSRefuses(t *testing.T) {
	rule := func(change func(*backup.Rule)) backup.Plan {
		r := hourly
		change(&r)
		return backup.Plan{Name: "p", Rules: []backup.Rule{r}}
	}
	for name, plan := range map[string]backup.Plan{
		"no rules":            {Name: "p"},
		"same names":          {Name: "p", Rules: []backup.Rule{hourly, hourly}},
		"start window":        rule(func(r *backup.Rule) { r.StartWindow = 30 * time.Minute }),
		"completion window":   rule(func(r *backup.Rule) { r.CompletionWindow = time.Hour }),
		"schedule":            rule(func(r *backup.Rule) { r.Schedule = "hourly" }),
		"cold for too short":  rule(func(r *backup.Rule) { r.Lifecycle = backup.Lifecycle{DeleteAfterDays: 100, ColdAfterDays: 30} }),
		"continuous too long": rule(func(r *backup.Rule) { r.Continuous, r.Lifecycle.DeleteAfterDays = true, 36 }),
	} {
		if _, err := newLab(0).backup.SetPlan(account, region, plan); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
}
