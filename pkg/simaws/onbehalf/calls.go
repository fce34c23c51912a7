package onbehalf

import "slices"

const (
	docs      = "https://docs.aws.amazon.com/"
	anySecret = "arn:${Partition}:secretsmanager:${Region}:${Account}:secret:rds!db-00000000-0000-4000-8000-000000000000-AbCdEf"
	anyKey    = "arn:${Partition}:kms:${Region}:${Account}:key/00000000-0000-4000-8000-000000000000"

	managedPasswords = docs + "AmazonRDS/latest/UserGuide/rds-secrets-manager.html#rds-secrets-manager-permissions"
	passRole         = docs + "IAM/latest/UserGuide/id_roles_use_passrole.html"
	linkedRoleRDS    = "arn:${Partition}:iam::${Account}:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"
)

// context makes one of alternating keys and values.
func context(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// via is what a key's use tells when a service uses it in somebody's name.
func via(service string, pairs ...string) map[string]string {
	return context(append([]string{"kms:ViaService", service + ".${Region}.amazonaws.com"}, pairs...)...)
}

// use are questions about one key.
func use(key string, context map[string]string, actions ...string) (list []Question) {
	for _, action := range actions {
		list = append(list, Question{Action: "kms:" + action, Resource: key, Context: context})
	}
	return list
}

func calls() []Row {
	return slices.Concat(
		passwords(),
		restores("rds:RestoreDBInstanceFromDBSnapshot", "the snapshot is encrypted"),
		restores("rds:RestoreDBInstanceToPointInTime", "the source, or its replicated backup with a key of its own region, is encrypted"),
		[]Row{
			{
				On: "s3:PutObject", With: "X-Amz-Object-Lock-Mode", Why: "a retention is set with the object",
				Asks:   []Question{{Action: "s3:PutObjectRetention", Resource: "${Target}"}},
				Source: docs + "AmazonS3/latest/userguide/using-with-s3-policy-actions.html#using-with-s3-policy-actions-related-to-objects",
			},
			{
				On: "s3:PutObject", Why: "the object is encrypted with the key that the put names, else with that of the bucket, with a bucket key",
				Asks:   use("${BucketKey}", via("s3", "kms:EncryptionContext:aws:s3:arn", "${Bucket}"), "GenerateDataKey"),
				Source: docs + "AmazonS3/latest/userguide/bucket-key.html#bucket-key-policies",
			},
			{
				On: "s3:GetObject", Why: "the object is encrypted with a key of the account, with a bucket key",
				Asks:   use("${BucketKey}", via("s3", "kms:EncryptionContext:aws:s3:arn", "${Bucket}"), "Decrypt"),
				Source: docs + "AmazonS3/latest/userguide/UsingKMSEncryption.html",
			},
		},
		tables("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "BatchGetItem", "BatchWriteItem", "TransactWriteItems"),
		[]Row{
			{
				On: "sns:Publish", Why: "the topic is encrypted with a key of the account",
				Asks:   use("${TargetKey}", via("sns", "kms:EncryptionContext:aws:sns:topicArn", "${Target}"), "GenerateDataKey", "Decrypt"),
				Source: docs + "sns/latest/dg/sns-key-management.html#send-to-encrypted-topic",
			},
			{
				On: "sqs:SendMessage", Why: "the queue is encrypted with a key of the account",
				Asks:   use("${TargetKey}", via("sqs", "kms:EncryptionContext:aws:sqs:arn", "${Target}"), "GenerateDataKey", "Decrypt"),
				Source: docs + "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html#send-to-encrypted-queue",
			},
			{
				On: "sqs:ReceiveMessage", Why: "the queue is encrypted with a key of the account",
				Asks:   use("${TargetKey}", via("sqs", "kms:EncryptionContext:aws:sqs:arn", "${Target}"), "Decrypt"),
				Source: docs + "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html#receive-from-encrypted-queue",
			},
			{
				On: "secretsmanager:GetSecretValue", Why: "the secret is encrypted with a key of the account",
				Asks:   use("${TargetKey}", via("secretsmanager", "kms:EncryptionContext:SecretARN", "${Target}"), "Decrypt"),
				Source: docs + "secretsmanager/latest/userguide/security-encryption.html#security-encryption-authz",
			},
		},
	)
}

// passwords are what a change of a master password asks.
func passwords() []Row {
	return []Row{
		managed("rds:ModifyDBInstance"),
		{
			On: "rds:ModifyDBInstance", With: "MasterUserSecretKmsKeyId", Why: "the secret of the password is encrypted with a key of the account",
			Asks:   use("${SecretKey}", nil, "Decrypt", "GenerateDataKey", "CreateGrant"),
			Source: managedPasswords,
		},
		{
			On: "rds:ModifyDBInstance", With: "RotateMasterUserPassword", Why: "RDS rotates the secret in the caller's name",
			Asks:   []Question{{Action: "secretsmanager:RotateSecret", Resource: anySecret}},
			Source: managedPasswords,
		},
		{
			On: "rds:ModifyDBInstance", With: "MonitoringRoleArn", Why: "the role of enhanced monitoring is passed to RDS",
			Asks:   []Question{{Action: "iam:PassRole", Resource: "${Passed}", Context: context("iam:PassedToService", "monitoring.rds.amazonaws.com")}},
			Source: docs + "AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html#USER_Monitoring.OS.Enabling.Prerequisites.creating-role-manually",
		},
		domain("rds:ModifyDBInstance"),
	}
}

// managed has RDS make the secret of a master password.
func managed(call string) Row {
	return Row{
		On: call, With: "ManageMasterUserPassword", Why: "RDS makes the secret in the caller's name",
		Asks: []Question{
			{Action: "kms:DescribeKey", Resource: anyKey}, // that of the alias aws/secretsmanager
			{Action: "secretsmanager:CreateSecret", Resource: anySecret},
			{Action: "secretsmanager:TagResource", Resource: anySecret},
		},
		Source: managedPasswords,
	}
}

func domain(call string) Row {
	return Row{
		On: call, With: "DomainIAMRoleName", Why: "the role of the directory is passed to RDS", Unproven: true,
		Asks:   []Question{{Action: "iam:PassRole", Resource: "${Passed}", Context: context("iam:PassedToService", "rds.amazonaws.com")}},
		Source: passRole,
	}
}

// restores are what a call that makes a copy asks. The key is that of what is
// restored: a snapshot's, the source instance's of a point in time, or the one
// that a replicated automated backup has got in its own region.
func restores(call, encrypted string) []Row {
	return []Row{
		{
			On: call, Why: encrypted + ", and RDS makes its grant in the caller's name",
			Asks:   slices.Concat(use("${SourceKey}", via("rds"), "DescribeKey"), use("${SourceKey}", via("rds", "kms:GrantIsForAWSResource", "true"), "CreateGrant")),
			Source: docs + "AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html#Overview.Encryption.Keys.Authorizing",
		},
		{
			On: call, Why: encrypted + ", and RDS checks that the caller could open it", Unproven: true,
			Asks:   use("${SourceKey}", via("rds"), "Decrypt"),
			Source: docs + "AmazonRDS/latest/UserGuide/Overview.Encryption.html#Overview.Encryption.Overview",
		},
		{
			On: call, With: "Tags.Tag.1.Key", Why: "the tags are part of the call",
			Asks:   []Question{{Action: "rds:AddTagsToResource", Resource: "${Target}", Context: context("rds:TagsFromRequest", "true"), Tags: true}},
			Source: docs + "AmazonRDS/latest/UserGuide/security_iam_id-based-policy-examples-grant-permissions-tags-on-create.html",
		},
		{
			On: call, Without: linkedRoleRDS, Why: "the account has no service-linked role of RDS yet, which RDS makes in the caller's name",
			Asks:   []Question{{Action: "iam:CreateServiceLinkedRole", Resource: linkedRoleRDS, Context: context("iam:AWSServiceName", "rds.amazonaws.com")}},
			Source: docs + "AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html#service-linked-role-permissions",
		},
		managed(call), // of Oracle only
		domain(call),
	}
}

// tables are the calls that touch items.
func tables(operations ...string) (rows []Row) {
	for _, operation := range operations {
		rows = append(rows, Row{
			On: "dynamodb:" + operation, Each: true, Why: "the table is encrypted with a key of the account",
			Asks: use("${TargetKey}", via("dynamodb",
				"kms:EncryptionContext:aws:dynamodb:tableName", "${Table}", "kms:EncryptionContext:aws:dynamodb:subscriberId", "${Account}"), "Decrypt"),
			Source: docs + "amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-kms-authz",
		})
	}
	return rows
}
