package cloudformation

import (
	"encoding/json"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// managed are AWS's own policies, by the end of their ARNs, as far as they are
// about what is simulated here: they allow much more.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
var managed = map[string]string{
	"service-role/AWSBackupServiceRolePolicyForBackup": `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Resource": "*", "Action": ["rds:AddTagsToResource", "rds:ListTagsForResource", "rds:DescribeDBSnapshots", "rds:CreateDBSnapshot",
			"rds:CopyDBSnapshot", "rds:DescribeDBInstances", "tag:GetResources", "kms:DescribeKey", "backup:CopyFromBackupVault"]},
		{"Effect": "Allow", "Resource": "arn:aws:rds:*:*:auto-backup:*", "Action": "rds:DeleteDBInstanceAutomatedBackup"},
		{"Effect": "Allow", "Resource": "arn:aws:rds:*:*:db:*", "Action": "rds:ModifyDBInstance"},
		{"Effect": "Allow", "Resource": "arn:aws:rds:*:*:snapshot:awsbackup:*", "Action": ["rds:DeleteDBSnapshot", "rds:ModifyDBSnapshotAttribute"]},
		{"Effect": "Allow", "Resource": "arn:aws:backup:*:*:backup-vault:*", "Action": ["backup:DescribeBackupVault", "backup:CopyIntoBackupVault"]},
		{"Effect": "Allow", "Resource": "*", "Action": "kms:CreateGrant", "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}
	]}`,
	// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForS3Backup.html
	"AWSBackupServiceRolePolicyForS3Backup": `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Resource": "arn:aws:s3:::*", "Action": ["s3:GetBucketVersioning", "s3:GetBucketNotification", "s3:PutBucketNotification", "s3:GetBucketLocation",
			"s3:GetBucketTagging", "s3:ListBucketVersions", "s3:ListBucket", "s3:GetBucketAcl"]},
		{"Effect": "Allow", "Resource": "arn:aws:s3:::*/*", "Action": ["s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectVersion", "s3:GetObjectVersionAcl", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"]},
		{"Effect": "Allow", "Resource": "*", "Action": ["cloudwatch:GetMetricData", "events:ListRules", "s3:ListAllMyBuckets"]},
		{"Effect": "Allow", "Resource": "arn:aws:events:*:*:rule/AwsBackupManagedRule*", "Action": ["events:DeleteRule", "events:PutTargets", "events:DescribeRule", "events:EnableRule",
			"events:PutRule", "events:RemoveTargets", "events:ListTargetsByRule", "events:DisableRule"]},
		{"Effect": "Allow", "Resource": "arn:aws:backup:*:*:backup-vault:*", "Action": ["backup:DescribeBackupVault", "backup:CopyIntoBackupVault"]},
		{"Effect": "Allow", "Resource": "*", "Action": ["kms:Decrypt", "kms:DescribeKey"], "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}}
	]}`,
}

// managedPolicy is what one of AWS's own says.
func managedPolicy(arn string) (json.RawMessage, error) {
	_, name, _ := strings.Cut(arn, ":iam::aws:policy/")
	text, known := managed[name]
	if !known {
		return nil, wire.Unknown("the managed policy %s is not simulated (pkg/simaws/cloudformation/managed.go)", arn)
	}
	partition := strings.Split(arn, ":")[1]
	return json.RawMessage(strings.ReplaceAll(text, `"arn:aws:`, `"arn:`+partition+`:`)), nil
}
