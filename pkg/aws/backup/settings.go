package backup

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

// OptedIn are the services of this region that AWS Backup takes by their tags, by its
// names of them: "RDS", "Aurora". Errors are *seen.Unread.
func (a *Adapter) OptedIn(ctx context.Context) (map[string]bool, error) {
	out, err := a.api.DescribeRegionSettings(ctx, &backup.DescribeRegionSettingsInput{})
	if err != nil {
		return nil, seen.Cannot(err, "which services AWS Backup is opted in for", "backup:DescribeRegionSettings")
	}
	return out.ResourceTypeOptInPreference, nil
}

// CrossAccount is whether the organization of this account lets its accounts copy
// backups into each other. Errors are *seen.Unread, also where it is in no
// organization.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeGlobalSettings.html
func (a *Adapter) CrossAccount(ctx context.Context) (bool, error) {
	out, err := a.api.DescribeGlobalSettings(ctx, &backup.DescribeGlobalSettingsInput{})
	if err != nil {
		return false, seen.Cannot(err, "whether the organization lets accounts copy backups into each other", "backup:DescribeGlobalSettings")
	}
	return out.GlobalSettings["isCrossAccountBackupEnabled"] == "true", nil
}

// VaultSettings are those of a vault by its name; false: there is none. Where only
// AccessDenied is to be had, AWS does not tell a vault that is missing from one that
// may not be seen. Errors are *seen.Unread.
func (a *Adapter) VaultSettings(ctx context.Context, name string) (seen.Vault, bool, error) {
	out, err := a.api.DescribeBackupVault(ctx, &backup.DescribeBackupVaultInput{BackupVaultName: &name})
	if awsconfig.Code(err) == "ResourceNotFoundException" {
		return seen.Vault{}, false, nil
	}
	if err != nil {
		return seen.Vault{}, false, seen.Cannot(err, "backup vault "+name, "backup:DescribeBackupVault on it")
	}
	v := seen.Vault{
		Name: name, ARN: aws.ToString(out.BackupVaultArn), Key: aws.ToString(out.EncryptionKeyArn),
		State: string(out.VaultState), AirGapped: out.VaultType == types.VaultTypeLogicallyAirGappedBackupVault,
		Locked: aws.ToBool(out.Locked), Fixed: aws.ToTime(out.LockDate), Min: days(out.MinRetentionDays), Max: days(out.MaxRetentionDays),
	}
	policy, err := a.api.GetBackupVaultAccessPolicy(ctx, &backup.GetBackupVaultAccessPolicyInput{BackupVaultName: &name})
	switch {
	case err == nil:
		v.Policy = []byte(aws.ToString(policy.Policy))
	case awsconfig.Code(err) != "ResourceNotFoundException": // it has none
		return seen.Vault{}, false, seen.Cannot(err, "the access policy of backup vault "+name, "backup:GetBackupVaultAccessPolicy on it")
	}
	notified, err := a.api.GetBackupVaultNotifications(ctx, &backup.GetBackupVaultNotificationsInput{BackupVaultName: &name})
	switch {
	case err == nil:
		v.Topic = aws.ToString(notified.SNSTopicArn)
		for _, e := range notified.BackupVaultEvents {
			v.Events = append(v.Events, string(e))
		}
		slices.Sort(v.Events)
	case awsconfig.Code(err) != "ResourceNotFoundException":
		return seen.Vault{}, false, seen.Cannot(err, "who is told by backup vault "+name, "backup:GetBackupVaultNotifications on it")
	}
	return v, true, nil
}
