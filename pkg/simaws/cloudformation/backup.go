package cloudformation

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
)

type backupVault struct {
	BackupVaultName   string
	EncryptionKeyArn  string
	AccessPolicy      json.RawMessage
	LockConfiguration *struct{ MinRetentionDays, MaxRetentionDays, ChangeableForDays int }
	Notifications     *vaultNotifications
}

type vaultNotifications struct {
	BackupVaultEvents []string
	SNSTopicArn       string
}

// make makes the vault, or changes all of it but its name, its key and, once its
// grace has begun, the date of its lock.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-backup-backupvault.html
func (v *backupVault) make(c *creation) (func(), error) {
	made := backup.Vault{Name: v.BackupVaultName, Key: v.EncryptionKeyArn, Policy: v.AccessPolicy}
	if lock := v.LockConfiguration; lock != nil {
		made.Lock = &backup.Lock{MinDays: lock.MinRetentionDays, MaxDays: lock.MaxRetentionDays}
		switch days := lock.ChangeableForDays; {
		case days > 0 && days < 3:
			return nil, fmt.Errorf("LockConfiguration.ChangeableForDays: %d is below 3 (72 hours)", days)
		case days > 0:
			made.Lock.Date = c.lockDate(v.BackupVaultName, days)
		}
		if lock.MinRetentionDays > 0 && lock.MaxRetentionDays > 0 && lock.MaxRetentionDays < lock.MinRetentionDays {
			return nil, errors.New("LockConfiguration.MaxRetentionDays is below MinRetentionDays")
		}
	}
	return c.vault(made, v.Notifications)
}

// lockDate is when the grace of a lock ends; that of a lock that is there stays.
func (c *creation) lockDate(name string, days int) time.Time {
	where := c.template.Where
	if known := c.Cloud.Backup.Vault(where.Account, where.Region, name); known != nil && known.Lock != nil && !known.Lock.Date.IsZero() {
		return known.Lock.Date
	}
	return c.Cloud.Now().AddDate(0, 0, days)
}

func (c *creation) vault(v backup.Vault, told *vaultNotifications) (func(), error) {
	where := c.template.Where
	if told != nil {
		v.Notify = backup.Notifications{Topic: told.SNSTopicArn, Events: told.BackupVaultEvents}
	}
	if v.Name == "" {
		return nil, errors.New("BackupVaultName: it is required")
	}
	if known := c.Cloud.Backup.Vault(where.Account, where.Region, v.Name); known != nil {
		switch {
		case c.stack.has[c.id].remove == nil:
			return nil, fmt.Errorf("AlreadyExistsException: there is a backup vault %s", v.Name)
		case known.Lock != nil && !known.Lock.Date.IsZero() && !c.Cloud.Now().Before(known.Lock.Date) && (v.Lock == nil || *v.Lock != *known.Lock):
			return nil, fmt.Errorf("InvalidRequestException: the lock of the backup vault %s can no longer be changed", v.Name)
		}
	}
	arn := c.Cloud.Backup.SetVault(where.Account, where.Region, v)
	c.encrypt(arn, v.Key)
	forget := func() {}
	if v.Policy != nil {
		forget = c.attach(arn, v.Policy)
	}
	return func() {
		forget()
		c.encrypt(arn, "")
		c.Cloud.Backup.RemoveVault(where.Account, where.Region, v.Name)
	}, nil
}

type gappedVault struct {
	BackupVaultName                    string
	EncryptionKeyArn                   string
	AccessPolicy                       json.RawMessage
	MinRetentionDays, MaxRetentionDays int
	Notifications                      *vaultNotifications
}

// make makes it with the lock that nothing removes.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-backup-logicallyairgappedbackupvault.html
func (v *gappedVault) make(c *creation) (func(), error) {
	if v.MinRetentionDays < 7 || v.MaxRetentionDays < v.MinRetentionDays {
		return nil, fmt.Errorf("MinRetentionDays is 7 at least, and MaxRetentionDays not below it: %d, %d", v.MinRetentionDays, v.MaxRetentionDays)
	}
	return c.vault(backup.Vault{
		Name: v.BackupVaultName, Key: v.EncryptionKeyArn, Policy: v.AccessPolicy, AirGapped: true, Lock: &backup.Lock{MinDays: v.MinRetentionDays, MaxDays: v.MaxRetentionDays},
	}, v.Notifications)
}

type backupLifecycle struct{ DeleteAfterDays, MoveToColdStorageAfterDays int }

func (l backupLifecycle) model() backup.Lifecycle {
	return backup.Lifecycle{DeleteAfterDays: l.DeleteAfterDays, ColdAfterDays: l.MoveToColdStorageAfterDays}
}

type backupPlan struct {
	BackupPlan struct {
		BackupPlanName string
		BackupPlanRule []struct {
			RuleName, TargetBackupVault                    string
			ScheduleExpression, ScheduleExpressionTimezone string
			StartWindowMinutes, CompletionWindowMinutes    int
			Lifecycle                                      backupLifecycle
			CopyActions                                    []struct {
				DestinationBackupVaultArn string
				Lifecycle                 backupLifecycle
			}
			EnableContinuousBackup                 bool
			RecoveryPointTags                      map[string]string
			TargetLogicallyAirGappedBackupVaultArn string
		}
	}
}

// make makes the plan. That the vaults are there AWS sees when a job runs.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-backup-backupplan.html
func (p *backupPlan) make(c *creation) (func(), error) {
	id, err := c.name()
	if err != nil {
		return nil, err
	}
	made := backup.Plan{ID: id, Name: p.BackupPlan.BackupPlanName}
	for _, r := range p.BackupPlan.BackupPlanRule {
		rule := backup.Rule{
			Name: r.RuleName, Vault: r.TargetBackupVault, Schedule: r.ScheduleExpression, Timezone: r.ScheduleExpressionTimezone, Lifecycle: r.Lifecycle.model(),
			StartWindow: time.Duration(r.StartWindowMinutes) * time.Minute, CompletionWindow: time.Duration(r.CompletionWindowMinutes) * time.Minute,
			Continuous: r.EnableContinuousBackup, Tags: r.RecoveryPointTags, AirGapped: r.TargetLogicallyAirGappedBackupVaultArn,
		}
		for _, to := range r.CopyActions {
			rule.Copies = append(rule.Copies, backup.CopyAction{Vault: to.DestinationBackupVaultArn, Lifecycle: to.Lifecycle.model()})
		}
		made.Rules = append(made.Rules, rule)
	}
	where := c.template.Where
	_, err = c.Cloud.Backup.SetPlan(where.Account, where.Region, made)
	return func() { c.Cloud.Backup.RemovePlan(where.Account, where.Region, id) }, err
}

type selectionTag struct{ ConditionKey, ConditionValue string }

type backupSelection struct {
	BackupPlanId    string
	BackupSelection struct {
		SelectionName, IamRoleArn string
		Resources, NotResources   []string
		ListOfTags                []struct{ ConditionType, ConditionKey, ConditionValue string }
		Conditions                struct{ StringEquals, StringNotEquals, StringLike, StringNotLike []selectionTag }
	}
}

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-backup-backupselection.html
func (s *backupSelection) make(c *creation) (func(), error) {
	id, err := c.name()
	if err != nil {
		return nil, err
	}
	from := s.BackupSelection
	if c.roles[from.IamRoleArn] == nil {
		return nil, fmt.Errorf("there is no role %s", from.IamRoleArn)
	}
	made := backup.Selection{ID: id, Name: from.SelectionName, Role: from.IamRoleArn, Resources: from.Resources, NotResources: from.NotResources}
	for _, t := range from.ListOfTags {
		if err := oneOf("ConditionType", t.ConditionType, "STRINGEQUALS"); err != nil {
			return nil, err
		}
		made.Tags = append(made.Tags, backup.Tag{Key: t.ConditionKey, Value: t.ConditionValue})
	}
	for _, list := range []struct {
		from []selectionTag
		to   *[]backup.Tag
	}{
		{from.Conditions.StringEquals, &made.Conditions.StringEquals}, {from.Conditions.StringNotEquals, &made.Conditions.StringNotEquals},
		{from.Conditions.StringLike, &made.Conditions.StringLike}, {from.Conditions.StringNotLike, &made.Conditions.StringNotLike},
	} {
		for _, t := range list.from {
			*list.to = append(*list.to, backup.Tag{Key: t.ConditionKey, Value: t.ConditionValue})
		}
	}
	where := c.template.Where
	_, err = c.Cloud.Backup.SetSelection(where.Account, where.Region, s.BackupPlanId, made)
	return func() { c.Cloud.Backup.RemoveSelection(where.Account, where.Region, s.BackupPlanId, id) }, err
}
