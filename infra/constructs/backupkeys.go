package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewVaultKey is the key of a vault, a customer's: of a copy of an RDS snapshot in
// another account or region AWS takes no key of its own.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html#copy-encryption
//
// Recovery points are lost with it, so it is used for nothing else, it stays when
// the stack goes, and nobody disables it or schedules its deletion but who may
// delete recovery points. copiedBy is the account that copies from this vault,
// where that is another; "": none.
func NewVaultKey(scope constructs.Construct, names Names, vault, alias, copiedBy string) awskms.IKey {
	key := awskms.NewKey(scope, jsii.String("VaultKey"), &awskms.KeyProps{
		Description: jsii.String("lifeboat " + names.Deployment + ": recovery points in the vault " + vault), EnableKeyRotation: jsii.Bool(true), RemovalPolicy: keep,
	})
	key.AddAlias(jsii.String(alias)).ApplyRemovalPolicy(keep)
	but := butThese(names)
	key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("StaysAsLongAsRecoveryPoints"), Effect: awsiam.Effect_DENY, Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
		Actions: jsii.Strings("kms:ScheduleKeyDeletion", "kms:DisableKey"), Resources: jsii.Strings("*"), Conditions: &but,
	}), nil)
	if copiedBy != "" {
		// https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html
		key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String("CopiedByTheRecoveryAccount"), Principals: &[]awsiam.IPrincipal{awsiam.NewArnPrincipal(jsii.String(root(names, copiedBy)))},
			Actions: jsii.Strings("kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"), Resources: jsii.Strings("*"),
		}), nil)
	}
	return key
}

// NewTopicKey is the key of what is told where the databases are. Services use it,
// each for this account only, and it goes with the stack: nothing is kept with it.
func NewTopicKey(scope constructs.Construct, names Names) awskms.IKey {
	key := awskms.NewKey(scope, jsii.String("TopicKey"), &awskms.KeyProps{
		Description: jsii.String("lifeboat " + names.Deployment + ": what is told of backups"), EnableKeyRotation: jsii.Bool(true), RemovalPolicy: goes,
	})
	key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("ServicesOfThisAccount"), Actions: jsii.Strings("kms:Decrypt", "kms:GenerateDataKey"), Resources: jsii.Strings("*"),
		Principals: &[]awsiam.IPrincipal{
			awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil),
			awsiam.NewServicePrincipal(jsii.String(backupService), nil),
		},
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": names.Account}},
	}), nil)
	return key
}
