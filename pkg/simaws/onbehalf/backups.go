package onbehalf

import "slices"

const (
	backupAccess   = docs + "aws-backup/latest/devguide/access-control.html"
	backupRoles    = docs + "aws-backup/latest/devguide/iam-service-roles.html"
	backupPolicy   = docs + "aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html"
	backupService  = "backup.amazonaws.com"
	notifiedVaults = docs + "aws-backup/latest/devguide/backup-notifications.html"
)

// vaults are made with a key, and tell a topic.
func vaults() []Row {
	return slices.Concat(vaultsOf("AWS::Backup::BackupVault"), vaultsOf("AWS::Backup::LogicallyAirGappedBackupVault"))
}

func vaultsOf(on string) []Row {
	return []Row{
		{
			On: on, With: "EncryptionKeyArn", Principal: Deployer, Why: "AWS Backup gets the use of the vault's key from whoever makes the vault",
			Asks:   use("${Key}", via("backup"), "CreateGrant", "GenerateDataKey", "Decrypt", "RetireGrant", "DescribeKey"),
			Source: backupAccess,
		},
		{
			On: on, With: "Notifications", Principal: backupService, Why: "the vault publishes to its topic, which lets AWS Backup in",
			Asks:   []Question{{Action: "sns:Publish", Resource: "${Topic}", Context: ofSelf()}},
			Source: notifiedVaults,
		},
		{
			On: on, With: "Notifications", Principal: backupService, Why: "the topic of the vault is encrypted, and its key lets AWS Backup in",
			Asks:   use("${TopicKey}", ofSelf("kms:ViaService", "sns.${Region}.amazonaws.com", "kms:EncryptionContext:aws:sns:topicArn", "${Topic}"), "GenerateDataKey", "Decrypt"),
			Source: encryptedTopics,
		},
	}
}

// selections have the role that AWS Backup acts as: what that is asked, AWS's own
// policy for it tells, which has it all.
func selections() []Row {
	const on = "AWS::Backup::BackupSelection"
	rds := func(key, region string) []Question {
		return slices.Concat(
			use(key, context("kms:ViaService", "rds."+region+".amazonaws.com"), "DescribeKey"),
			use(key, context("kms:ViaService", "rds."+region+".amazonaws.com", "kms:GrantIsForAWSResource", "true"), "CreateGrant"),
		)
	}
	return []Row{
		{
			// For which plan it takes the role the page does not say.
			On: on, With: "BackupSelection.IamRoleArn", Principal: backupService, Why: "AWS Backup takes the role, which trusts it",
			Asks:   []Question{{Action: "sts:AssumeRole", Resource: "${Role}", Context: context("aws:SourceAccount", "${Account}")}},
			Source: backupRoles, Unproven: true,
		},
		pass(on, "BackupSelection.IamRoleArn", backupService, backupRoles),
		{
			On: on, With: "BackupSelection.Resources", Why: "AWS Backup finds the instance and its tags, and takes a snapshot of it",
			Asks: []Question{
				{Action: "rds:DescribeDBInstances", Resource: "${Resource}"}, {Action: "rds:ListTagsForResource", Resource: "${Resource}"},
				{Action: "rds:CreateDBSnapshot", Resource: "${Resource}"}, {Action: "rds:CreateDBSnapshot", Resource: "${Snapshot}"},
				{Action: "rds:AddTagsToResource", Resource: "${Snapshot}"}, {Action: "rds:DescribeDBSnapshots", Resource: "${Snapshot}"},
				{Action: "backup:DescribeBackupVault", Resource: "${Vault}"}, {Action: "tag:GetResources", Resource: "*"},
			},
			Source: backupPolicy,
		},
		{
			On: on, With: "BackupSelection.Resources", Why: "the instance is encrypted, and RDS makes its grant in the role's name",
			Asks:   rds("${ResourceKey}", "${Region}"),
			Source: backupPolicy,
		},
		// These two are no properties: they are asked when a job copies, and when a
		// recovery point expires.
		{
			On: on, With: "Copy", Why: "AWS Backup copies a recovery point into another vault",
			Asks: []Question{
				{Action: "backup:CopyFromBackupVault", Resource: "${SourceSnapshot}"}, {Action: "backup:CopyIntoBackupVault", Resource: "${Vault}"},
				{Action: "rds:CopyDBSnapshot", Resource: "${SourceSnapshot}"}, {Action: "rds:CopyDBSnapshot", Resource: "${Copied}"}, {Action: "rds:AddTagsToResource", Resource: "${Copied}"},
			},
			Source: backupPolicy,
		},
		{
			On: on, With: "Copy", Why: "the copy is encrypted with the key of its vault, and RDS makes its grant in the role's name",
			Asks:   rds("${VaultKey}", "${VaultRegion}"),
			Source: backupPolicy,
		},
		{
			On: on, With: "Expire", Why: "AWS Backup deletes what has expired",
			Asks:   []Question{{Action: "rds:DeleteDBSnapshot", Resource: "${Snapshot}"}},
			Source: backupPolicy,
		},
	}
}
