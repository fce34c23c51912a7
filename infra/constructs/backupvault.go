package constructs

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsbackup"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// VaultProps of a backup vault.
type VaultProps struct {
	Names Names // of the account and region that it lies in
	Name  string
	Key   awskms.IKey
	Lock  Lock
	// From is the account whose recovery points are copied here, where that is
	// another; "": nobody's.
	From string
	// Topic is told what the vault alone tells; nil: nobody is.
	Topic awssns.ITopic
}

// Lock of a vault. None where Min is 0.
type Lock struct {
	Min, Max float64 // days that a recovery point is kept here; a job with less or more fails. Max 0: none is too long
	// Grace is how many days it can be taken away again; after these nobody can, not
	// the root user and not AWS (compliance). 0: whoever may, can always (governance).
	// https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
	Grace float64
}

// NewVault is where recovery points lie. It outlives the stack: a vault with
// recovery points cannot be deleted anyway, and a stack that tries fails.
func NewVault(scope constructs.Construct, p VaultProps) awsbackup.CfnBackupVault {
	props := &awsbackup.CfnBackupVaultProps{
		BackupVaultName: jsii.String(p.Name), EncryptionKeyArn: p.Key.KeyArn(), AccessPolicy: document(p.accessPolicy()),
	}
	if p.Lock.Min > 0 {
		lock := &awsbackup.CfnBackupVault_LockConfigurationTypeProperty{MinRetentionDays: jsii.Number(p.Lock.Min)}
		if p.Lock.Max > 0 {
			lock.MaxRetentionDays = jsii.Number(p.Lock.Max)
		}
		if p.Lock.Grace > 0 {
			lock.ChangeableForDays = jsii.Number(p.Lock.Grace)
		}
		props.LockConfiguration = lock
	}
	if p.Topic != nil {
		props.Notifications = &awsbackup.CfnBackupVault_NotificationObjectTypeProperty{BackupVaultEvents: jsii.Strings(onlyVaultsTell...), SnsTopicArn: p.Topic.TopicArn()}
	}
	vault := awsbackup.NewCfnBackupVault(scope, jsii.String("Vault"), props)
	if p.Topic != nil {
		// With its policy: AWS Backup refuses a topic to which it may not publish yet
		// ("AccessDeniedException" of PutBackupVaultNotifications).
		// https://github.com/lgallard/terraform-aws-backup/issues/73
		vault.Node().AddDependency(p.Topic)
	}
	vault.ApplyRemovalPolicy(keep, nil)
	return vault
}

// onlyVaultsTell is what no event of EventBridge says. Jobs that failed or expired
// are told by rules, with the reason (see NewTelling), and not twice.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html
var onlyVaultsTell = []string{"CONTINUOUS_BACKUP_INTERRUPTED", "S3_BACKUP_OBJECT_FAILED"}

// accessPolicy denies deletion, whoever asks, and whatever would allow it again.
// A policy of a vault takes no wildcard in its actions.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html
//
// One statement with these three (DeleteRecoveryPoint, UpdateRecoveryPointLifecycle,
// PutBackupVaultAccessPolicy) for every principal and resource is what AWS Config
// asks for.
// https://docs.aws.amazon.com/config/latest/developerguide/backup-recovery-point-manual-deletion-disabled.html
//
// Two are left out, or nobody could ever change or remove a vault: CloudFormation,
// which deletes no recovery points, and a role that no stack makes. What expires is
// deleted by AWS Backup itself, which this does not touch.
func (p VaultProps) accessPolicy() []map[string]any {
	statements := []map[string]any{{
		"Sid": "NobodyDeletes", "Effect": "Deny", "Principal": map[string]any{"AWS": "*"}, "Resource": "*",
		"Action": slices.Concat(losesRecoveryPoints, opensTheVault), "Condition": butThese(p.Names),
	}}
	if p.From != "" {
		statements = append(statements, map[string]any{
			"Sid": "CopiesOfTheOwner", "Effect": "Allow", "Principal": map[string]any{"AWS": root(p.Names, p.From)}, "Resource": "*", "Action": []string{"backup:CopyIntoBackupVault"},
		})
	}
	return statements
}

var (
	losesRecoveryPoints = []string{
		"backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle", "backup:DisassociateRecoveryPoint", "backup:DisassociateRecoveryPointFromParent",
	}
	opensTheVault = []string{
		"backup:DeleteBackupVault", "backup:PutBackupVaultAccessPolicy", "backup:DeleteBackupVaultAccessPolicy",
		"backup:PutBackupVaultLockConfiguration", "backup:DeleteBackupVaultLockConfiguration",
		"backup:PutBackupVaultNotifications", "backup:DeleteBackupVaultNotifications",
	}
)

// butThese is met by whoever is none of those that may.
func butThese(names Names) map[string]any {
	return map[string]any{"ArnNotLike": map[string]any{"aws:PrincipalArn": names.MayDelete()}}
}

// document is a policy as CloudFormation takes it.
func document(statements []map[string]any) map[string]any {
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}
